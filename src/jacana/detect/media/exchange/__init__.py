"""Exchanges: reading banks from those who share hashes; votes and own entries go back by a person's decision only."""
