"""What a term must be before it may enter the lexicon. Pure. No message ever holds the term."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from jacana.detect.text.folding.fold import fold_text
from jacana.model.account_finding import TextField
from jacana.model.errors import InputInvalidError
from jacana.model.term import SEVERITIES, MatchMode, Term

TERM_LENGTH = 200
"""Most characters of a term or a co-term."""

CO_TERMS = 100
"""Most co-terms, and most contexts, of one term."""

FUZZY_LETTERS = 7
SUBSTRING_LETTERS = 5
SEPARATOR = "|"
"""Between the parts of a cell that holds several; so no co-term may hold it."""

REASON_LENGTH = 400

_WORD = re.compile(r"\w+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_UNREADABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})


class TermInvalidError(InputInvalidError):
    """A term, or what stands beside it, cannot be taken."""

    code = "lexicon.term_invalid"


class ReasonInvalidError(InputInvalidError):
    """A reason is missing, too long, or holds the term itself: reasons stand in the audit log in clear."""

    code = "lexicon.reason_invalid"


def fold_term(text: str) -> str:
    """Return the folded form by which two spellings are one term: what `fold_text` says, with single spaces."""
    return " ".join(fold_text(text).split())


def primary_language(tag: str) -> str:
    """Return the primary language of a BCP 47 tag (`pt` of `pt-BR`). Raises TermInvalidError."""
    if not _LANGUAGE.fullmatch(tag):
        raise TermInvalidError("this is no BCP 47 language", field="languages", remedy="write for example en or pt-BR")
    return tag.partition("-")[0].lower()


def check_term(term: Term, now: datetime) -> str:
    """Return the folded term if everything about it is right. Raises TermInvalidError, naming the field."""
    folded = _check_text(term)
    if term.severity not in SEVERITIES:
        raise _invalid("severity", "severity is a whole number from 1 to 5", "1: worth knowing; 5: nobody innocent")
    for tag in term.languages:
        primary_language(tag)
    if not set(term.fields) <= {field.value for field in TextField}:
        raise _invalid("fields", "one of the fields is unknown", f"choose from {', '.join(TextField)}")
    _check_words("requires", term.requires)
    _check_words("unless", term.unless)
    for name in ("source", "licence"):
        value = getattr(term, name)
        if not 1 <= len(value.strip()) <= TERM_LENGTH or not value.isprintable():
            raise _invalid(name, f"the {name} is missing or too long", f"say where the term is from: --{name}")
    if term.expires_at is not None and term.expires_at <= now:
        raise _invalid("expires_at", "the term has expired already", "give a time in the future, or none")
    return folded


def check_reason(because: str, words: Sequence[str] = ()) -> str:
    """Return the reason without blanks around it. `words` are those it must not hold. Raises ReasonInvalidError."""
    reason = " ".join(because.split())
    if not 3 <= len(reason) <= REASON_LENGTH or not reason.isprintable():
        raise ReasonInvalidError(
            "a reason is 3 to 400 characters", field="because", remedy="say what it is needed for, for example a case"
        )
    said = _split_words(reason)
    if any(_split_words(word) in said for word in words if word):
        raise ReasonInvalidError(
            "the reason holds the term itself", field="because", remedy="name the term by its id: reasons are kept"
        )
    return reason


def _split_words(text: str) -> str:
    return f" {' '.join(_WORD.findall(fold_term(text)))} "


def _check_text(term: Term) -> str:
    text, folded = term.text, fold_term(term.text)
    letters = sum(not letter.isspace() for letter in folded)
    words = len(folded.split())
    if not text.strip() or len(text) > TERM_LENGTH or _is_unreadable(text):
        raise _invalid("term", "a term is 1 to 200 readable characters", "send the word itself")
    if not letters:
        raise _invalid("term", "nothing is left of the term once it is folded", "send letters or digits")
    if term.match_mode is MatchMode.PHRASE and words < 2:
        raise _invalid("match_mode", "a phrase has two words or more", "use token for a single word")
    if term.match_mode is not MatchMode.PHRASE and words > 1:
        raise _invalid("match_mode", "only a phrase has spaces in it", "use phrase")
    if term.match_mode is MatchMode.FUZZY and letters < FUZZY_LETTERS:
        raise _invalid("match_mode", "fuzzy needs seven letters or more", "use canonical: short words have neighbours")
    if term.match_mode is MatchMode.SUBSTRING and letters < SUBSTRING_LETTERS:
        raise _invalid("match_mode", "substring needs five letters or more", "use token: short words are parts of many")
    return folded


def _check_words(name: str, words: Sequence[str]) -> None:
    if len(words) > CO_TERMS:
        raise _invalid(name, f"at most {CO_TERMS} words", "split the term in two")
    for word in words:
        if len(word) > TERM_LENGTH or SEPARATOR in word or _is_unreadable(word) or not fold_term(word):
            raise _invalid(name, "one of the words cannot be read", f"words, separated by {SEPARATOR}")


def _is_unreadable(text: str) -> bool:
    return any(unicodedata.category(letter) in _UNREADABLE for letter in text)


def _invalid(field: str, message: str, remedy: str) -> TermInvalidError:
    return TermInvalidError(message, field=field, remedy=remedy)
