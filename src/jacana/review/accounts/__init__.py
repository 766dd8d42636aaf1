"""Verdicts on accounts, where there is no file to speak of."""
