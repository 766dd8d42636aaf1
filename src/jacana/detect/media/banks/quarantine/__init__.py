"""What a source sent and no bank could take: where, and why. Never the refused value itself."""
