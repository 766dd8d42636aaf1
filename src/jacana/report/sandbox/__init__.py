"""A CyberTipline of one's own, for tests and demonstrations: the same calls, checks and clocks, nothing leaves it.

Faithful to what is publicly known of the service (docs/cybertipline.md says what is not known). Any client may use it.
"""
