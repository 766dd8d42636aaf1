"""Event sets in files: what the simulator writes, the truth kept apart from it, and two public layouts read into it."""
