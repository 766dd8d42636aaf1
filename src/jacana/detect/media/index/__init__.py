"""The exact index of 256-bit hashes and file digests: all within distance 31, from files that processes share."""
