"""NCMEC's hash-sharing XML, read and written (reference section 5.1). Pure; entities, DTD and network are off.

One entry that cannot be taken is a RowProblem under its source id; only a page that is no page at all is an error.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from jacana.detect.media.exchange.port import ExchangeAnswerInvalidError, VoteMessage, VoteReason
from jacana.model.bank import RowProblem
from jacana.model.verdict import Classification

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
USED = {"image": ("md5", "sha1", "pdq"), "video": ("md5", "sha1")}
"""Kind of entry -> the hashes of it that we compare."""
HEX_DIGITS = {"md5": 32, "sha1": 40, "pdq": 64}
MEDIA_KINDS = {"image": "picture", "video": "video"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_MEMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Member:
    """One participant of the list."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """One entry as a page shows it. Without any fingerprint that we use it says nothing to us."""

    source_id: str
    """Member id and entry id, joined by the first hyphen."""
    kind: str
    """`image` or `video`."""
    deleted: bool = False
    classification: str | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints that we use but that must be fetched, by their address."""
    votes_up: int = 0
    votes_down: int = 0


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """One page of a range."""

    entries: tuple[ListedEntry, ...]
    problems: tuple[RowProblem, ...]
    unused: Mapping[str, int]
    next_page: str | None
    """Relative to the base address without /v2; None on the last page."""


class _EntryRefusedError(Exception):
    """An entry cannot be taken at all."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.field, self.message, self.remedy = field, message, remedy


def parse_answer(data: bytes, *roots: str) -> etree._Element:
    """Return the root of an answer, which must be one of `roots`. Raises ExchangeAnswerInvalidError."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ExchangeAnswerInvalidError("the answer is not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ExchangeAnswerInvalidError("the answer has a DOCTYPE")
    if _name(root) not in roots:
        raise ExchangeAnswerInvalidError(f"the answer is not {' or '.join(roots)}")
    return root


def read_status(data: bytes) -> Member:
    """Return who we are. Raises ExchangeAnswerInvalidError."""
    member = _find(parse_answer(data, "status"), "member")
    found = None if member is None else _read_member(member)
    if found is None:
        raise ExchangeAnswerInvalidError("the status does not say who we are")
    return found


def read_members(data: bytes) -> tuple[Member, ...]:
    """Return everybody who takes part. Raises ExchangeAnswerInvalidError."""
    elements = parse_answer(data, "members", "memberList", "queryResult").iter(etree.Element)
    return tuple(found for element in elements if _name(element) == "member" and (found := _read_member(element)))


def read_reasons(data: bytes) -> tuple[VoteReason, ...]:
    """Return the reasons for a negative vote, whether the list is the root or inside it.

    Raises ExchangeAnswerInvalidError.
    """
    root = parse_answer(data, "availableFeedbackReasons", "queryResult", "feedbackReasons", "reasons")
    found = []
    for element in root.iter(etree.Element):
        if _name(element) == "reason" and (guid := element.get("guid")):
            found.append(VoteReason(guid, element.get("name") or guid))
    return tuple(found)


def read_page(data: bytes, own_member: str | None = None) -> EntriesPage:
    """Return one page of entries. Votes of `own_member` are not counted. Raises ExchangeAnswerInvalidError."""
    root = parse_answer(data, "queryResult")
    entries: list[ListedEntry] = []
    problems: list[RowProblem] = []
    unused: Counter[str] = Counter()
    for group in _children(root):
        if _name(group) not in ("images", "videos"):
            continue
        for element in _children(group):
            try:
                entries.append(_read_entry(element, own_member, problems, unused))
            except _EntryRefusedError as refused:
                reference = _name_entry(element)
                problems.append(RowProblem(0, refused.field, refused.message, refused.remedy, reference))
    return EntriesPage(tuple(entries), tuple(problems), unused, _read_next(root))


def check_hash(kind: str, text: str) -> str | None:
    """Return a hash in lower case, or None if it is not exactly so many hexadecimal digits."""
    return text.lower() if re.fullmatch(rf"[0-9a-fA-F]{{{HEX_DIGITS[kind]}}}", text) else None


def write_vote(vote: VoteMessage) -> bytes:
    """Return the document of a vote."""
    root = _root("feedbackSubmission")
    if vote.agrees:
        _add(root, "affirmative")
        return _serialise(root)
    reasons = _add(_add(root, "negative"), "reasonIds")
    for reason in vote.reasons:
        _add(reasons, "guid").text = reason
    return _serialise(root)


def write_entry(kind: str, entry_id: str, classification: str | None, fingerprints: Mapping[str, str]) -> bytes:
    """Return the document of an entry of one's own, in the form in which entries are read.

    What NCMEC wants here is not public; only the sandbox is known to take it (docs/exchange.md).
    """
    root = _root(kind)
    _add(root, "id").text = entry_id
    if classification:
        _add(root, "classification").text = classification
    hashes = _add(root, "fingerprints")
    for name in USED[kind]:
        if name in fingerprints:
            _add(hashes, name).text = fingerprints[name]
    return _serialise(root)


def _read_entry(
    element: etree._Element, own_member: str | None, problems: list[RowProblem], unused: Counter[str]
) -> ListedEntry:
    """Return one entry. What is wrong in it but can be left out goes to `problems`."""
    name = _name(element)
    deleted = name.startswith("deleted")
    kind = name.removeprefix("deleted").lower()
    if kind not in USED:
        raise _EntryRefusedError("entry", f"{name[:40]} is no kind of entry that is known", "update Jacana")
    source_id = _read_source_id(element)
    if deleted:
        return ListedEntry(source_id, kind, deleted=True)
    hashes, links = _read_fingerprints(element, kind, source_id, problems, unused)
    up, down = _count_votes(element, kind, own_member)
    classification = _read_classification(element, source_id, problems)
    return ListedEntry(source_id, kind, False, classification, hashes, links, up, down)


def _read_source_id(element: etree._Element) -> str:
    member, entry = _find(element, "member"), _find(element, "id")
    member_id = (member.get("id") or "").strip() if member is not None else ""
    entry_id = (entry.text or "").strip() if entry is not None else ""
    if not _MEMBER.fullmatch(member_id):
        raise _EntryRefusedError("member", "the entry does not say whose it is", "ask the exchange to correct it")
    if not _ID.fullmatch(entry_id):
        raise _EntryRefusedError("id", "the entry has no usable id", "ask the exchange to correct it")
    return f"{member_id}-{entry_id}"


def _read_fingerprints(
    element: etree._Element, kind: str, source_id: str, problems: list[RowProblem], unused: Counter[str]
) -> tuple[dict[str, str], dict[str, str]]:
    hashes: dict[str, str] = {}
    links: dict[str, str] = {}
    found = _find(element, "fingerprints")
    for fingerprint in _children(found) if found is not None else ():
        name = _name(fingerprint).lower()
        href = fingerprint.get("href")
        if name not in USED[kind]:
            unused[f"{kind} {name}"[:60]] += 1
        elif href and not fingerprint.text:
            links[name] = href
        elif (value := check_hash(name, fingerprint.text or "")) is None:
            problems.append(refuse_hash(name, len(fingerprint.text or ""), source_id))
        else:
            hashes[name] = value
    return hashes, links


def refuse_hash(name: str, length: int, source_id: str) -> RowProblem:
    """Return the problem of a hash that is not one."""
    message = f"{name} is {HEX_DIGITS[name]} hexadecimal digits, this is {length} characters"
    return RowProblem(0, name, message, "ask the exchange to correct it; its other hashes were taken", source_id)


def _read_classification(element: etree._Element, source_id: str, problems: list[RowProblem]) -> str | None:
    found = _find(element, "classification")
    text = (found.text or "").strip().upper() if found is not None else ""
    if not text or text in {item.value for item in Classification}:
        return text or None
    known = ", ".join(item.value for item in Classification)
    message = f"the classification is none of {known}; the entry was taken without it"
    problems.append(RowProblem(0, "classification", message, "look the entry up at the exchange", source_id))
    return None


def _count_votes(element: etree._Element, kind: str, own_member: str | None) -> tuple[int, int]:
    """Return how many other members agree and disagree with one of the hashes that we use."""
    voters: dict[str, set[str]] = {"affirmativeFeedback": set(), "negativeFeedback": set()}
    feedback = _find(element, "feedback")
    for vote in _children(feedback) if feedback is not None else ():
        if _name(vote) in voters and (vote.get("type") or "").lower() in USED[kind]:
            members = (item.get("id") for item in vote.iter(etree.Element) if _name(item) == "member")
            voters[_name(vote)] |= {member for member in members if member and member != own_member}
    return len(voters["affirmativeFeedback"]), len(voters["negativeFeedback"])


def _read_next(root: etree._Element) -> str | None:
    paging = _find(root, "paging")
    found = _find(paging, "next") if paging is not None else None
    text = (found.text or "").strip() if found is not None else ""
    if text and not text.startswith("/v2/entries?"):
        raise ExchangeAnswerInvalidError("the next page lies somewhere else than the entries")
    return text or None


def _name_entry(element: etree._Element) -> str:
    """Return what an entry without usable id is known by: as far as it names itself, and the same at every reading."""
    try:
        return _read_source_id(element)
    except _EntryRefusedError:
        try:
            written = etree.tostring(element, method="c14n")
        except etree.LxmlError:  # it cannot be made canonical, for a namespace that is no address
            written = etree.tostring(element, with_tail=False)
        return f"unnamed {hashlib.sha256(written).hexdigest()[:16]}"


def _read_member(element: etree._Element) -> Member | None:
    member_id = (element.get("id") or "").strip()
    return Member(member_id, (element.text or "").strip()) if _MEMBER.fullmatch(member_id) else None


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return element.iterchildren(etree.Element)


def _find(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in _children(element) if _name(child) == name), None)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _root(name: str) -> etree._Element:
    namespaces: Mapping[str | None, str] = {None: NAMESPACE}
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=cast(dict[str, str], namespaces))  # the stubs forbid None


def _add(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")


def _serialise(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
