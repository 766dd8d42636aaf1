"""Disguises of invented words, and innocent texts to hide them in.

`tuning` may be looked at while the detector is made better; `held_out` was written before it, by other rules, and only
its figures are read. Both map a class name to a function (word, random) -> disguised word.
"""
