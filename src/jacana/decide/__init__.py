"""decide: a written policy says what is to be done about an upload. Nothing here does it."""
