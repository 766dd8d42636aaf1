"""User names: one form to compare them by, and the words inside them although they hold no spaces."""

import re

from jacana.detect.text.folding.fold import fold_text
from jacana.detect.text.folding.leet import make_key

TRAILING_NUMBER = re.compile(r"[\d\W_]+$")
LEAST_NAME = 3
"""Letters that must remain when a trailing number is taken off."""


def fold_name(name: str) -> str:
    """Return the form by which user names are compared.

    Case, look-alikes, digits for letters, separators, repeats and a number at the end are gone.
    """
    folded = fold_text(name)
    bare = TRAILING_NUMBER.sub("", folded)
    key = make_key(bare)
    return key if len(key) >= LEAST_NAME else make_key(folded) or folded
