"""The sense of sight: decode in a locked-down child process, hash frames, compare with banks.

Reading order: screener, decoding, hashing, looks, compare, known, index, matching, statements, banks. Never keeps or
returns pictures.
"""
