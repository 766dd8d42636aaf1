"""The log of who looked at what, for how long, and why (design rule 7)."""
