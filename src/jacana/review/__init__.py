"""Cases for people: the queue, leases, verdicts with a reason and an undo window, and the log of who viewed what.

Never executes anything: a verdict becomes an outbox row, and the pipeline applies it once the undo window has passed.
"""
