"""What is known of each account and network, kept up to date event by event, in batches."""
