"""The event path: batches of the event log through the detectors, each batch in one transaction."""
