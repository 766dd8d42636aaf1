"""The sense of sight: decode in a locked-down child process, hash frames, compare with banks.

Reading order: screener, analyse, sandbox, decode_child, pdq, frames, match, banks. Never keeps or returns pictures.
"""
