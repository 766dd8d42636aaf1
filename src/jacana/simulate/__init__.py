"""Stand-ins for the world outside Jacana, for the demo, tests and integrators. Never part of a running product."""
