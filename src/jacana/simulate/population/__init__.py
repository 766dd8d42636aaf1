"""A synthetic network with known truth: who lives there, what they do each day, and what of it is a vault ring.

Reading order: kinds, words, disguise, networks, world, person, then one file per group of actors, then crowd. Words
are invented, addresses are documentation and private ranges: nothing here stands for anybody.
"""
