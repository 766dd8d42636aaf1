"""Accounts: vaults behind one password, linked accounts, and who comes back after a ban."""
