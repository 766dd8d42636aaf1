"""What a text is filed under so that a term of tomorrow finds it, and what a term asks for.

Whenever a term matches a text, one of its lookup tokens is among the text's index tokens. Tokens are as secret as
texts and terms.
"""

from collections.abc import Iterator
from itertools import pairwise

from jacana.detect.text.folding.evasive import Evasive, find_evasive
from jacana.detect.text.folding.fold import FoldedBatch, decode, fold_batch
from jacana.detect.text.folding.leet import make_key
from jacana.detect.text.folding.mixed import read_mixed
from jacana.detect.text.folding.names import LONGEST_NAME, WORD, find_breaks, list_tags
from jacana.detect.text.folding.readings import is_masked, list_bare, list_readings
from jacana.detect.text.folding.sound import WORD as FOREIGN_WORD
from jacana.detect.text.folding.sound import hear, make_sounds
from jacana.detect.text.folding.stream import build_stream, list_words
from jacana.detect.text.folding.tables import WordClass, load_tables
from jacana.model.term import MatchMode, Term

KEY, SOUND, INSIDE, MASKED = "k:", "s:", "n:", "m:"
ROW = "r:"
"""The text holds letters that stand alone in a row: any disguised term may be in them."""
GRAM = 6
"""Letters of the pieces under which the words of names are filed."""
SPACED = (int(WordClass.LETTER), int(WordClass.FLAG))


def list_index_tokens(text: str) -> set[str]:
    """Return the folded, canonical and sound forms under which a term in it could be looked up.

    Words as they are; `k:` canonical keys of what looks evasive; `m:` the length of a word with stars; `r:` a row of
    single letters; `s:` sounds; `n:` pieces of names. Runs of scripts without spaces count by one and two characters.
    """
    batch = fold_batch([text])
    tokens: set[str] = set()
    for word in build_stream(batch).text.split():
        tokens |= split_unspaced(word)
    tokens |= {part for part in decode(batch.folded) if not part.isalnum() and not part.isspace()}
    tokens |= list_evasive_tokens(batch, find_evasive(batch))
    for match in FOREIGN_WORD.finditer(text):
        tokens |= {SOUND + sound for sound in hear(match[0])}
    for name in list_names(text):
        tokens |= list_name_tokens(name)
    return tokens


def list_lookup_tokens(term: Term) -> set[str] | None:
    """Return tokens any of which is among the index tokens of every text that the term matches; None: scan all.

    Fuzzy and substring terms, and terms without a letter or a symbol, have none.
    """
    batch = fold_batch([term.text])
    folded, words = decode(batch.folded).strip(), list_words(term.text)
    if term.match_mode in (MatchMode.FUZZY, MatchMode.SUBSTRING) or not words:
        return None
    tokens = {choose_token(words)}
    if term.match_mode is MatchMode.CANONICAL:
        key = make_key(folded)
        tokens |= {KEY + key, ROW, f"{MASKED}{len(folded)}", INSIDE + key[:GRAM]}
        tokens |= {SOUND + sound for sound in make_sounds(folded)}
    return tokens


def split_unspaced(word: str) -> set[str]:
    """Return a word of a spaced script; of other scripts each character and each two neighbours."""
    if int(load_tables().word[ord(word[0])]) in SPACED:
        return {word}
    return {*word, *(first + second for first, second in pairwise(word))}


def choose_token(words: list[str]) -> str:
    """Return the longest word, or the first two characters of one in a script without spaces."""
    word = max(words, key=len)
    return word if int(load_tables().word[ord(word[0])]) in SPACED else word[:2]


def list_evasive_tokens(batch: FoldedBatch, evasive: Evasive) -> set[str]:
    """Return the keys of what looks evasive in one text."""
    tokens = {ROW} if evasive.rows else set()
    folded = decode(batch.folded)
    chunks = [folded[start:end] for start, end in evasive.chunks]
    for start, end in evasive.mixed:
        first, last = int(batch.origin[start]), int(batch.origin[end - 1]) + 1
        chunks.append(read_mixed(decode(batch.codes[first:last]))[0])
    for chunk in chunks:
        for start, end in list_readings(chunk):
            piece = chunk[start:end]
            tokens |= {KEY + key for bare in list_bare(piece) if (key := make_key(bare))}
            if is_masked(piece):
                tokens.add(f"{MASKED}{len(piece)}")
    return tokens


def list_names(text: str) -> Iterator[str]:
    """Yield what may be read as a name: a short text, hashtags and handles."""
    if len(text) <= LONGEST_NAME:
        yield text
    for _, tag in list_tags(text):
        yield tag


def list_name_tokens(name: str) -> set[str]:
    """Return the words inside a name, and the pieces of those that nothing parts."""
    batch = fold_batch([name])
    tokens: set[str] = set()
    for word in build_stream(batch, find_breaks(batch)).text.split():
        tokens |= split_unspaced(word)
    for match in WORD.finditer(decode(batch.folded)):
        key = make_key(match[0])
        tokens |= {INSIDE + key[start : start + GRAM] for start in range(len(key) - GRAM + 1)}
    return tokens
