"""From a hostile file to frame hashes: the parent supervises, a locked-down child decodes."""
