"""A hash-sharing list of one's own, for tests and demonstrations: the calls of NCMEC's version 2; nothing leaves it.

Its hashes are of drawn or innocent files only. Faithful to what is publicly known (docs/exchange.md).
"""
