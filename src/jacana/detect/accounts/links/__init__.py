"""Linked accounts: who shares a device, an instrument, a file or an invitation with a confirmed account, and how."""
