"""Engine, tables, migrations and the outbox. No business rule lives here."""
