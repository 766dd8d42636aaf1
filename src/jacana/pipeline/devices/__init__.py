"""What several stages know of the accounts on a device, put together as evidence for a ban."""
