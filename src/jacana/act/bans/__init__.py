"""Bans of devices: how hard each is met and why, until when, and what is done when somebody says it is wrong.

A ban of a device is never for ever, never rests on a link alone, and ends with what caused it.
"""
