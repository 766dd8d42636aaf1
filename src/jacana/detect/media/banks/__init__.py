"""Banks of known media: what is in them, where it came from, and what a match may cause."""
