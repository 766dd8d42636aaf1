"""Matching: a lexicon compiled for speed, and the texts it is looked for in."""
