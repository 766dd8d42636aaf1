"""How banks do: how fresh they are, what they hit, and how often a person agreed. Counts, never content."""
