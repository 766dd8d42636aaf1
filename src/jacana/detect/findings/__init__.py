"""Findings about accounts, whichever sense they come from: recorded, listed, withdrawn."""
