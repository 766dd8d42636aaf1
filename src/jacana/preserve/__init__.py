"""Vault of sealed evidence: one key per object, holds that keep it, destruction of the key when none does."""
