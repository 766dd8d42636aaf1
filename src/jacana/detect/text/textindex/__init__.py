"""An inverted index of stored texts by keyed tokens, so that a new term finds the old texts without opening all."""
