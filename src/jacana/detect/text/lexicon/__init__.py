"""The lexicon: terms encrypted at rest, approved by two people, judged by what their hits were worth."""
