"""The sandbox's XML has the shapes of the reference, and reads only documents it knows."""

import pytest
from exchange_lists import MEMBERS
from lxml import etree

from jacana.detect.media.exchange.sandbox import answers
from jacana.detect.media.exchange.sandbox.shared_list import Ballot, SharedList

NS = {"n": answers.NAMESPACE}
GUID = next(iter(answers.REASONS))


@pytest.fixture
def shared(clock) -> SharedList:
    return SharedList(MEMBERS, clock)


def names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element]


def test_a_page_has_both_groups_and_no_newest_time_without_entries(shared: SharedList) -> None:
    shared.put(2, "a", "image", {"md5": "1"}, classification="A1", large={"tmk-pdqf": b"x"})
    root = etree.fromstring(answers.render_page(shared, shared.list_entries(), "/v2/entries?start=1"))
    images, videos = root.find("n:images", NS), root.find("n:videos", NS)
    assert (images.get("count"), images.get("maxTimestamp")) == ("1", "2026-11-22T12:00:00Z")
    assert (videos.get("count"), videos.get("maxTimestamp")) == ("0", None)
    assert names(images[0]) == ["member", "timestamp", "id", "classification", "fingerprints", "feedback"]
    large = images[0].find("n:fingerprints/n:tmk-pdqf", NS)
    assert large.text is None
    assert large.get("href").endswith("/fingerprints/TMK_PDQF")
    assert root.findtext("n:paging/n:next", namespaces=NS) == "/v2/entries?start=1"


def test_a_tombstone_has_another_order_and_no_hashes(shared: SharedList) -> None:
    shared.put(2, "a", "video", {"md5": "1"})
    shared.delete(2, "a")
    root = etree.fromstring(answers.render_page(shared, shared.list_entries(), None))
    gone = root.find("n:videos/n:deletedVideo", NS)
    assert names(gone) == ["member", "id", "timestamp"]
    assert root.find("n:paging", NS) is None


def test_malformed_entries_can_be_had(shared: SharedList) -> None:
    shared.put(2, "a", "video", {"md5": "1"}, left_out=frozenset({"id", "member"}))
    root = etree.fromstring(answers.render_page(shared, shared.list_entries(), None))
    assert names(root.find("n:videos/n:video", NS)) == ["timestamp", "fingerprints", "feedback"]


def test_feedback_pairs_reasons_and_members(shared: SharedList, clock) -> None:
    shared.put(2, "a", "video", {"md5": "1"})
    shared.vote(2, "a", Ballot(1, "MD5", (GUID,), clock()))
    shared.vote(2, "a", Ballot(3, "MD5", (), clock()))
    root = etree.fromstring(answers.render_page(shared, shared.list_entries(), None))
    feedback = root.find(".//n:feedback", NS)
    assert names(feedback) == ["affirmativeFeedback", "negativeFeedback"]
    assert [child.get("type") for child in feedback] == ["Md5", "Md5"]
    assert names(feedback.find("n:negativeFeedback/n:reasons", NS)) == ["reason", "members"]


@pytest.mark.parametrize(("nested", "root"), [(False, "availableFeedbackReasons"), (True, "queryResult")])
def test_reasons_have_two_shapes(nested: bool, root: str) -> None:
    found = etree.fromstring(answers.render_reasons(nested=nested))
    assert etree.QName(found).localname == root
    assert len(found.findall(".//n:reason", NS)) == len(answers.REASONS)


def vote(inner: str) -> bytes:
    return f'<feedbackSubmission xmlns="{answers.NAMESPACE}">{inner}</feedbackSubmission>'.encode()


def test_votes_are_read(clock) -> None:
    assert answers.read_ballot(vote("<affirmative/>"), 1, "MD5", clock()).reasons == ()
    against = vote(f"<negative><reasonIds><guid>{GUID}</guid></reasonIds></negative>")
    assert answers.read_ballot(against, 1, "MD5", clock()).reasons == (GUID,)


@pytest.mark.parametrize(
    "document",
    [
        b"no",
        vote(""),
        vote("<negative/>"),
        vote("<negative><reasonIds><guid>x</guid></reasonIds></negative>"),
        vote(f"<maybe><guid>{GUID}</guid></maybe>"),
        b"<other><affirmative/></other>",
    ],
)
def test_what_is_no_vote_is_refused(document: bytes, clock) -> None:
    with pytest.raises(answers.DocumentInvalidError):
        answers.read_ballot(document, 1, "MD5", clock())


def test_contributions_are_read() -> None:
    inner = "<classification>A1</classification><fingerprints><md5>1</md5></fingerprints>"
    given = answers.read_contribution(f'<image xmlns="{answers.NAMESPACE}">{inner}</image>'.encode())
    assert (given.kind, given.classification, given.fingerprints) == ("image", "A1", {"md5": "1"})
    for wrong in (b"", b"<song/>", f'<image xmlns="{answers.NAMESPACE}"/>'.encode()):
        with pytest.raises(answers.DocumentInvalidError):
            answers.read_contribution(wrong)


def test_status_and_members_name_members() -> None:
    status = etree.fromstring(answers.render_status(MEMBERS[1], "127.0.0.1"))
    assert names(status) == ["ipAddress", "username", "member"]
    members = etree.fromstring(answers.render_members(MEMBERS))
    assert [child.get("id") for child in members] == ["2", "1", "3"]
    assert etree.QName(etree.fromstring(answers.render_submission())).localname == "submissionResult"
