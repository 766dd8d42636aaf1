"""From near hashes to matched seconds: which part of an upload is which part of a known file. Pure."""
