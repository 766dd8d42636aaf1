"""The XML that the sandbox answers with, and reads from votes and contributions. Written apart from the client's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from lxml import etree

from jacana.detect.media.exchange.ranges import format_instant
from jacana.detect.media.exchange.sandbox.shared_list import Account, Ballot, SharedEntry, SharedList

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
REASONS = {
    "11111111-aaaa-4aaa-8aaa-000000000001": "Not what this list is for",
    "11111111-aaaa-4aaa-8aaa-000000000002": "The hash matches other files",
}
"""Made up: NCMEC's differ per environment."""
_KINDS = ("image", "video")


class DocumentInvalidError(Exception):
    """What a client sent is not what the call takes."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """An entry as a client sends it."""

    kind: str
    classification: str | None
    fingerprints: dict[str, str]


def render_status(account: Account, address: str) -> bytes:
    """Return who is asking."""
    root = _root("status")
    _add(root, "ipAddress", address)
    _add(root, "username", account.user)
    _add(root, "member", account.name, id=str(account.member))
    return _serialise(root)


def render_members(accounts: Iterable[Account]) -> bytes:
    """Return everybody."""
    root = _root("members")
    for account in accounts:
        _add(root, "member", account.name, id=str(account.member))
    return _serialise(root)


def render_reasons(*, nested: bool) -> bytes:
    """Return the reasons for a negative vote, as the root or inside it: both have been seen."""
    root = _root("queryResult" if nested else "availableFeedbackReasons")
    listed = _add(root, "availableFeedbackReasons") if nested else root
    for guid, name in REASONS.items():
        _add(listed, "reason", guid=guid, name=name, type="Md5")
    return _serialise(root)


def render_page(shared: SharedList, entries: list[SharedEntry], next_page: str | None) -> bytes:
    """Return one page of entries."""
    root = _root("queryResult")
    for kind in _KINDS:
        some = [entry for entry in entries if entry.kind == kind]
        group = _add(root, f"{kind}s", count=str(len(some)))
        if some:
            group.set("maxTimestamp", _stamp(max(entry.changed_at for entry in some)))
        for entry in some:
            _add_entry(group, shared, entry)
    if next_page:
        _add(_add(root, "paging"), "next", next_page)
    return _serialise(root)


def render_submission() -> bytes:
    """Return the answer to a vote or a contribution; what NCMEC's holds is not documented."""
    return _serialise(_root("submissionResult"))


def read_ballot(document: bytes, member: int, signal: str, now: datetime) -> Ballot:
    """Return the vote of a feedbackSubmission. Raises DocumentInvalidError."""
    root = _parse(document)
    if _name(root) != "feedbackSubmission" or len(root) != 1:
        raise DocumentInvalidError("a feedbackSubmission holds affirmative or negative")
    if _name(root[0]) == "affirmative":
        return Ballot(member, signal, (), now)
    guids = tuple((item.text or "").strip() for item in root[0].iter(f"{{{NAMESPACE}}}guid"))
    if _name(root[0]) != "negative" or not guids or any(guid not in REASONS for guid in guids):
        raise DocumentInvalidError("a negative vote names reasons of this environment")
    return Ballot(member, signal, guids, now)


def read_contribution(document: bytes) -> Contribution:
    """Return the entry of a contribution, in the form in which entries are read. Raises DocumentInvalidError."""
    root = _parse(document)
    if _name(root) not in _KINDS:
        raise DocumentInvalidError("an entry is an image or a video")
    classification = root.findtext(f"{{{NAMESPACE}}}classification")
    listed = root.find(f"{{{NAMESPACE}}}fingerprints")
    hashes = {_name(item): (item.text or "") for item in listed} if listed is not None else {}
    if not hashes:
        raise DocumentInvalidError("an entry holds fingerprints")
    return Contribution(_name(root), classification, hashes)


def _add_entry(group: etree._Element, shared: SharedList, entry: SharedEntry) -> None:
    element = _add(group, f"deleted{entry.kind.capitalize()}" if entry.deleted else entry.kind)
    order = ("member", "id", "timestamp") if entry.deleted else ("member", "timestamp", "id")
    for name in order:
        if name == "member" and name not in entry.left_out:
            _add(element, name, shared.name_of(entry.member), id=str(entry.member))
        elif name == "id" and name not in entry.left_out:
            _add(element, name, entry.id)
        elif name == "timestamp":
            _add(element, name, _stamp(entry.changed_at))
    if entry.deleted:
        return
    if entry.classification:
        _add(element, "classification", entry.classification)
    hashes = _add(element, "fingerprints")
    for name, value in entry.fingerprints.items():
        _add(hashes, name, value)
    for name in entry.large:
        path = f"/v2/entries/{entry.row}/fingerprints/{name.upper().replace('-', '_')}"
        _add(hashes, name, rel="self", href=path)
    _add_feedback(_add(element, "feedback"), shared, entry)


def _add_feedback(feedback: etree._Element, shared: SharedList, entry: SharedEntry) -> None:
    for signal in sorted({ballot.signal for ballot in entry.ballots}):
        ballots = [ballot for ballot in entry.ballots if ballot.signal == signal]
        for_it = [ballot for ballot in ballots if not ballot.reasons]
        against = [ballot for ballot in ballots if ballot.reasons]
        if for_it:
            _add_members(_add_vote(feedback, "affirmativeFeedback", signal, for_it), shared, for_it)
        if against:
            reasons = _add(_add_vote(feedback, "negativeFeedback", signal, against), "reasons")
            for guid in sorted({guid for ballot in against for guid in ballot.reasons}):
                _add(reasons, "reason", guid=guid, name=REASONS[guid], type=signal.capitalize())
                _add_members(reasons, shared, [ballot for ballot in against if guid in ballot.reasons])


def _add_vote(feedback: etree._Element, name: str, signal: str, ballots: list[Ballot]) -> etree._Element:
    last = max(ballot.cast_at for ballot in ballots)
    return _add(feedback, name, type=signal.capitalize(), lastUpdateTimestamp=_stamp(last))


def _add_members(parent: etree._Element, shared: SharedList, ballots: list[Ballot]) -> None:
    for ballot in ballots:
        members = _add(parent, "members", timestamp=_stamp(ballot.cast_at))
        _add(members, "member", shared.name_of(ballot.member), id=str(ballot.member))


def _parse(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise DocumentInvalidError("not well-formed XML") from None


def _stamp(moment: datetime) -> str:
    return format_instant(moment)


def _root(name: str) -> etree._Element:
    namespaces: dict[str | None, str] = {None: NAMESPACE}
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=cast(dict[str, str], namespaces))  # the stubs forbid None


def _add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _serialise(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
