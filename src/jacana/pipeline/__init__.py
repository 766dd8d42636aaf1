"""The order of the steps, and where they run. Only here do stages meet; only here are retries decided."""
