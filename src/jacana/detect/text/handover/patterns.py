"""Finds log-in details in a text: labels of user names and passwords, and the values that stand after them. Pure.

Works on the folded text, values are read from the original. Holds content: never log what it returns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation

from jacana.detect.text.folding.fold import Folded, decode, fold, fold_batch, fold_text
from jacana.detect.text.handover import labels
from jacana.detect.text.handover.values import (
    can_be_password,
    can_be_user,
    is_number,
    looks_secret,
    take_value,
    trim_value,
)

NEAR = 160
"""Characters that may lie between a user name's label and its password's."""

_LEET = str.maketrans("0134578@$", "oieastbas")


class HandoverPattern(StrEnum):
    """How log-in details are handed over."""

    PAIR = "pair"
    """A user name and a password, each with its label."""
    PHRASE = "phrase"
    """“log in with”, and two values."""
    COMBINED = "combined"
    """An e-mail address and a password joined by a colon or a bar."""
    PASSWORD = "password"  # noqa: S105 - a pattern's name
    """A labelled password alone."""
    BARE = "bare"
    """Two values joined by a bar, beside a word for account."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One hand-over. Offsets are code points of the original text, ends exclusive; `handle` is the user name."""

    pattern: HandoverPattern
    start: int
    end: int
    secret_start: int
    secret_end: int
    handle: str | None = field(default=None, repr=False)
    has_account: bool = False
    """An account is named beside it, though not by a label."""


@dataclass(frozen=True, slots=True)
class _Label:
    is_password: bool
    start: int
    end: int
    word: str
    is_phrase: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class _Value:
    start: int
    end: int
    text: str
    joined_by: str
    """`mark` (a colon, a bar …), `word` (is) or `space`."""


def _compile(words: list[str]) -> str:
    forms = {fold_text(word) for word in words}
    spaced = {
        r"[ .*_-]".join(map(re.escape, word)) for word in forms & {"pass", "password", "user", "username", "login"}
    }
    plain = sorted(forms, key=lambda word: (-len(word), word))
    return "|".join(
        [*sorted(spaced, key=len, reverse=True), *(re.escape(word).replace(r"\ ", r"\s+") for word in plain)]
    )


_USERS = labels.split_words(labels.USER_LABELS)
_PASSWORDS = labels.split_words(labels.PASSWORD_LABELS)
_PHRASES = labels.split_words(labels.LOGIN_PHRASES)
_SHORT = labels.split_words(labels.SHORT_PASSWORD_LABELS)
_SHORT_FORMS = frozenset(fold_text(word) for word in _SHORT)
_LABEL = re.compile(
    rf"(?<![^\W_])(?:(?P<phrase>{_compile(_PHRASES)})|(?P<password>{_compile(_PASSWORDS)})|(?P<user>{_compile(_USERS)})"
    rf"|(?P<short>{_compile(_SHORT)})(?=\s?[:=/]))(?![^\W_])"
)
_MARK = re.compile(r"\s*(?:[:=>~|»→⇒➜/]+|\s[-–—]+>?|[-–—]+>?(?=\s)|->)\s*")
_IS = re.compile(rf"\s+(?:{_compile(labels.split_words(labels.IS_WORDS))})\s*:?\s+")
_JOINT = re.compile(rf"\s*(?:[/|,;&+:]|\s(?:{_compile(labels.split_words(labels.AND_WORDS))})\s)\s*|\s+")
_BETWEEN_LABELS = re.compile(rf"\s*(?:(?:[/|,;&+-]|(?:{_compile(labels.split_words(labels.AND_WORDS))})\s)\s*)?")
_COMBINED = re.compile(r"(?<![\w.@+-])([\w.+-]{2,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})\s?[:|;]\s?(\S{5,200})")
_BARE = re.compile(r"(?<!\S)(@?[A-Za-z][\w.-]{2,40})\s?[|:]\s?(\S{6,200})")
_ACCOUNT = re.compile(rf"(?<![^\W_])(?:{_compile(labels.split_words(labels.ACCOUNT_WORDS))})(?![^\W_])")
_MENTION = re.compile(r"(?<!\S)@([^\W_][\w.]{2,60})")
_SPACED_TRIGGERS = [mark.join("pass") for mark in " .*_-"]
_TRIGGERS = sorted(
    {fold_text(word) for word in (*_PASSWORDS, *_PHRASES, *labels.split_words(labels.ACCOUNT_WORDS))}
    | {"u:", "u/p", "u =", "u=", "user", *_SPACED_TRIGGERS}
)
_GATE = AhoCorasick(_TRIGGERS, implementation=Implementation.ContiguousNFA)


def find_handovers(text: str) -> list[Handover]:
    """Return the hand-overs in a text, in order; empty for nearly every text after one quick look."""
    folded = None if text.isascii() else fold(text)
    plain = text.lower() if folded is None else folded.text
    if not _may_hold(plain):
        return []
    return _Search(text, plain, plain.translate(_LEET), folded).run()


def find_handovers_each(texts: Sequence[str]) -> list[list[Handover]]:
    """Return the hand-overs of each text. The quick look folds all of them in one go."""
    foreign = [place for place, text in enumerate(texts) if not text.isascii()]
    plain = [text.lower() for text in texts]
    if foreign:
        batch = fold_batch([texts[place] for place in foreign])
        joined, start = decode(batch.folded), 0
        for place, end in zip(foreign, batch.origin.searchsorted(batch.ends).tolist(), strict=True):
            plain[place] = joined[start:end]
            start = end + 1  # behind the separator
    return [find_handovers(text) if _may_hold(form) else [] for text, form in zip(texts, plain, strict=True)]


def _may_hold(plain: str) -> bool:
    """Return whether a folded text has a word by which log-in details are introduced, or an address and a joint."""
    if _GATE.find_matches_as_indexes(plain):
        return True
    if "@" in plain and any(joint in plain for joint in ":|;"):
        return True
    read = plain.translate(_LEET)
    return read != plain and bool(_GATE.find_matches_as_indexes(read))


class _Search:
    """One text being searched. `plain` is its folded form, `read` that with digits read as letters, of one length."""

    def __init__(self, text: str, plain: str, read: str, folded: Folded | None) -> None:
        self._text = text
        self._plain = plain
        self._read = read
        self._folded = folded

    def run(self) -> list[Handover]:
        labels_found = self._find_labels()
        found = [*self._find_combined(), *self._find_labelled(labels_found)]
        if not found:
            found = list(self._find_bare())
        taken: list[Handover] = []
        for one in sorted(found, key=lambda one: (one.secret_start, list(HandoverPattern).index(one.pattern))):
            if not taken or one.secret_start >= taken[-1].secret_end:
                taken.append(one)
        return taken

    @cached_property
    def _mention(self) -> re.Match[str] | None:
        return _MENTION.search(self._text)

    @cached_property
    def _names_account(self) -> bool:
        return _ACCOUNT.search(self._plain) is not None

    def _find_labels(self) -> list[_Label]:
        found: dict[int, _Label] = {}
        for form in dict.fromkeys((self._plain, self._read)):
            for match in _LABEL.finditer(form):
                kind = match.lastgroup or ""
                label = _Label(kind in {"password", "short"}, *match.span(), match.group(), kind == "phrase")
                found.setdefault(label.start, label)
        return [found[start] for start in sorted(found)]

    def _find_labelled(self, found: list[_Label]) -> Iterator[Handover]:
        user: tuple[_Label, _Value] | None = None
        skip_to = 0
        for place, label in enumerate(found):
            if label.start < skip_to:
                continue
            following = found[place + 1] if place + 1 < len(found) else None
            if not label.is_password:
                double = self._read_double(label, following)
                if double is not None:
                    yield double
                    skip_to = self._place_after(double.secret_end)
                    user = None
                    continue
                value = self._read_value(label)
                if value and self._is_user(label, value):
                    user = (label, value)
                continue
            handover = self._read_password(label, user)
            if handover is not None:
                yield handover
                skip_to = self._place_after(handover.secret_end)

    def _read_password(self, label: _Label, user: tuple[_Label, _Value] | None) -> Handover | None:
        value = self._read_value(label)
        if value is None or self._is_another_pass(label):
            return None
        if user and 0 <= label.start - user[0].end <= NEAR and self._is_paired(value, user[1]):
            return Handover(
                HandoverPattern.PAIR, self._origin(user[0].start), value.end, value.start, value.end, user[1].text
            )
        later = self._read_later_user(label, value)
        if later is not None:
            return later
        if label.word in _SHORT_FORMS or not self._stands_alone(label, value):
            return None
        mention = self._mention
        named = mention is not None or self._names_account
        if is_number(value.text) and not named:
            return None
        start = self._origin(label.start)
        handle = mention.group(1) if mention else None
        return Handover(HandoverPattern.PASSWORD, start, value.end, value.start, value.end, handle, named)

    def _read_later_user(self, label: _Label, value: _Value) -> Handover | None:
        """Return the pair whose password comes first: `pass: … user: …`."""
        if value.joined_by == "space" or not can_be_password(value.text):
            return None
        after = self._place_after(value.end)
        match = _LABEL.search(self._plain, after, after + 40) or _LABEL.search(self._read, after, after + 40)
        if match is None or match.lastgroup != "user":
            return None
        user = self._read_value(_Label(False, *match.span(), match.group()))
        if user is None or user.joined_by == "space" or not can_be_user(user.text):
            return None
        start = self._origin(label.start)
        return Handover(HandoverPattern.PAIR, start, user.end, value.start, value.end, user.text)

    def _read_double(self, label: _Label, following: _Label | None) -> Handover | None:
        """Return `user/pass: … / …` or “log in with … / …”."""
        end, is_phrase = label.end, label.is_phrase
        if (
            following is not None
            and following.is_password
            and _BETWEEN_LABELS.fullmatch(self._read, label.end, following.start)
        ):
            end, is_phrase = following.end, False
        elif not is_phrase:
            return None
        marked = self._read_mark(end)
        first_place = marked or end
        first = self._take(first_place, until=r"\s/|,;:&")
        if first is None or not can_be_user(first.text):
            return None
        joint = _JOINT.match(self._plain, self._place_after(first.end))
        if joint is None:
            return None
        second = self._take(joint.end())
        loose = marked is None or not joint.group().strip()
        if second is None or not (looks_secret if loose else can_be_password)(second.text):
            return None
        if (is_phrase and not looks_secret(second.text)) or (is_phrase and _LABEL.match(self._read, joint.end())):
            return None
        pattern = HandoverPattern.PHRASE if is_phrase else HandoverPattern.PAIR
        return Handover(pattern, self._origin(label.start), second.end, second.start, second.end, first.text)

    def _find_combined(self) -> Iterator[Handover]:
        for match in _COMBINED.finditer(self._text):
            value = trim_value(match.group(2))
            if looks_secret(value) and "/" not in value:  # an address of the web or of a repository
                start, end = match.span(2)
                yield Handover(HandoverPattern.COMBINED, match.start(), end, start, end, match.group(1))

    def _find_bare(self) -> Iterator[Handover]:
        if not self._names_account:
            return
        for match in _BARE.finditer(self._text):
            handle, value = match.group(1), trim_value(match.group(2))
            strong = any(letter.isdigit() for letter in value) and looks_secret(value)
            if strong and can_be_user(handle) and not _LABEL.fullmatch(handle.lower()):
                start, end = match.span(2)
                yield Handover(HandoverPattern.BARE, match.start(), end, start, end, handle)

    def _is_user(self, label: _Label, value: _Value) -> bool:
        """Return whether a value is a user name: after a mere space only one that no sentence holds."""
        sure = value.joined_by != "space" or label.is_phrase or any(letter.isdigit() for letter in value.text)
        return sure and can_be_user(value.text) and not _LABEL.fullmatch(fold_text(value.text))

    def _is_paired(self, value: _Value, user: _Value) -> bool:
        if user.start <= value.start < user.end:
            return False
        return looks_secret(value.text) if value.joined_by == "space" else can_be_password(value.text)

    def _stands_alone(self, label: _Label, value: _Value) -> bool:
        if value.joined_by == "mark" and is_number(value.text):
            return len(value.text) >= 4
        sure = len(label.word) > 5 or label.word in {"pw", "pwd", "mdp", "haslo", "senha"}
        return looks_secret(value.text) and (value.joined_by == "mark" or sure)

    def _is_another_pass(self, label: _Label) -> bool:
        before = self._read[max(0, label.start - 24) : label.start].split()
        return label.word == "pass" and bool(before) and before[-1].strip("'-") in labels.PASSES_OF_OTHER_KINDS

    def _read_value(self, label: _Label) -> _Value | None:
        """Return the value after a label, and what joins the two."""
        marked = self._read_mark(label.end)
        if marked is not None:
            return self._take(marked, joined_by="mark")
        worded = _IS.match(self._plain, label.end)
        if worded is not None:
            return self._take(worded.end(), joined_by="word")
        if self._plain[label.end : label.end + 1].isspace():
            return self._take(label.end, joined_by="space")
        return None

    def _read_mark(self, place: int) -> int | None:
        match = _MARK.match(self._plain, place)
        return match.end() if match else None

    def _take(self, place: int, *, joined_by: str = "mark", until: str = "") -> _Value | None:
        """Return the value at a place of the folded text, read from the original."""
        while place < len(self._plain) and self._plain[place].isspace():
            place += 1
        if place >= len(self._plain):
            return None
        span = take_value(self._text, self._origin(place))
        if span is None:
            return None
        start, end = span
        if until:
            cut = re.search(rf"[{until}]", self._text[start:end])
            end = start + cut.start() if cut else end
        text = trim_value(self._text[start:end])
        return _Value(start, end, text, joined_by) if text else None

    def _origin(self, place: int) -> int:
        return place if self._folded is None else int(self._folded.offsets[place])

    def _place_after(self, origin: int) -> int:
        """Return the first place of the folded text that comes from `origin` or later."""
        return origin if self._folded is None else int(self._folded.offsets.searchsorted(origin))
