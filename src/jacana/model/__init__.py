"""The nouns every stage shares: frozen dataclasses, standard library only, no clock and no input or output."""
