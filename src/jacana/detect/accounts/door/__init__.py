"""The door: whether whoever signs in or signs up is banned, or looks like somebody banned who is back.

Answers from memory. Never tells the person which signal linked them to a ban, and a name alone never shuts anybody out.
"""
