"""Which accounts a person has confirmed: by a file of theirs, or as trading."""
