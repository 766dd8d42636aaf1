"""Accepts an upload, an event, a notice: validates, deduplicates, stores, and acknowledges only what is committed.

Decides nothing and never looks into the bytes it is given.
"""
