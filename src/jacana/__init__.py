"""Jacana: child-safety operations for video-sharing networks."""

__version__ = "0.1.0"
