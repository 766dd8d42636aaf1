"""Folding: one plain form for everything that reads alike, with the way back to the original's offsets."""
