"""NCMEC's XML: what is taken, what is left aside, what is refused alone, and what is no answer at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jacana.detect.media.exchange.ncmec_xml import (
    NAMESPACE,
    check_hash,
    parse_answer,
    read_members,
    read_page,
    read_reasons,
    read_status,
    write_entry,
    write_vote,
)
from jacana.detect.media.exchange.port import ExchangeAnswerInvalidError, VoteMessage

MD5, SHA1, PDQ = "0A" * 16, "0b" * 20, "0C" * 32


def page(images: str = "", videos: str = "", paging: str = "") -> bytes:
    body = f'<images count="1">{images}</images><videos count="1">{videos}</videos>{paging}'
    return f'<?xml version="1.0"?><queryResult xmlns="{NAMESPACE}">{body}</queryResult>'.encode()


def entry(tag: str, hashes: str = f"<md5>{MD5}</md5>", more: str = "", member: str = "7", id: str = "42") -> str:
    return (
        f'<{tag}><member id="{member}">M</member><timestamp>2026-11-01T00:00:00Z</timestamp><id>{id}</id>{more}'
        f"<fingerprints>{hashes}</fingerprints></{tag}>"
    )


def test_pictures_give_three_hashes_and_videos_two() -> None:
    hashes = f"<md5>{MD5}</md5><sha1>{SHA1}</sha1><pdq>{PDQ}</pdq><pdna>x</pdna><netclean>y</netclean>"
    found = read_page(page(entry("image", hashes), entry("video", hashes, id="43")))
    picture, video = found.entries
    assert dict(picture.fingerprints) == {"md5": MD5.lower(), "sha1": SHA1, "pdq": PDQ.lower()}
    assert dict(video.fingerprints) == {"md5": MD5.lower(), "sha1": SHA1}
    assert dict(found.unused) == {
        "image pdna": 1,
        "image netclean": 1,
        "video pdq": 1,
        "video pdna": 1,
        "video netclean": 1,
    }
    assert (picture.source_id, video.source_id) == ("7-42", "7-43")


def test_the_order_of_children_does_not_matter() -> None:
    turned = (
        f"<image><fingerprints><md5>{MD5}</md5></fingerprints><classification>B2</classification><id>42</id>"
        '<timestamp>2026-11-01T00:00:00Z</timestamp><!-- a remark --><member id="7"/></image>'
        '<deletedImage><timestamp>t</timestamp><id>43</id><member id="7"/></deletedImage>'
    )
    live, gone = read_page(page(turned)).entries
    assert (live.source_id, live.classification, live.deleted) == ("7-42", "B2", False)
    assert (gone.source_id, gone.deleted) == ("7-43", True)


def test_an_empty_range_has_no_newest_time() -> None:
    empty = f'<queryResult xmlns="{NAMESPACE}"><images count="0"/><videos count="0"/></queryResult>'
    found = read_page(empty.encode())
    assert (found.entries, found.problems, found.next_page) == ((), (), None)


@pytest.mark.parametrize(
    "bad", [f"{MD5}\n", f"\n{MD5}", MD5[:-1], MD5 + "0", "g" * 32, "", "٠" * 32], ids=lambda text: repr(text)[:12]
)
def test_a_poisoned_hash_is_refused_alone(bad: str) -> None:
    hashes = f"<md5>{bad}</md5><sha1>{SHA1}</sha1>"
    found = read_page(page(entry("image", hashes) + entry("image", id="43")))
    assert [dict(one.fingerprints) for one in found.entries] == [{"sha1": SHA1}, {"md5": MD5.lower()}]
    (problem,) = found.problems
    assert (problem.reference, problem.field) == ("7-42", "md5")


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (entry("image", member=""), "member"),
        (entry("image", member="x7"), "member"),
        (entry("image", id=""), "id"),
        (entry("image", id="a/../b"), "id"),
        (entry("song"), "entry"),
    ],
)
def test_an_entry_without_a_name_stops_nothing(broken: str, field: str) -> None:
    found = read_page(page(broken + entry("image", id="43")))
    assert [one.source_id for one in found.entries] == ["7-43"]
    assert [problem.field for problem in found.problems] == [field]
    again = read_page(page(broken))
    assert again.problems[0].reference == found.problems[0].reference, "quarantine knows it again"


def test_an_unknown_classification_is_noted_and_the_entry_taken() -> None:
    found = read_page(page(entry("image", more="<classification>Z9</classification>")))
    assert found.entries[0].classification is None
    assert found.entries[0].fingerprints
    assert [problem.field for problem in found.problems] == ["classification"]


def test_large_fingerprints_are_followed_only_for_what_is_used() -> None:
    hashes = '<md5 rel="self" href="/v2/entries/1/fingerprints/MD5"/><tmk-pdqf rel="self" href="/v2/x"/>'
    found = read_page(page("", entry("video", hashes)))
    assert dict(found.entries[0].links) == {"md5": "/v2/entries/1/fingerprints/MD5"}
    assert dict(found.unused) == {"video tmk-pdqf": 1}


def test_votes_are_other_members_and_only_of_hashes_in_use() -> None:
    votes = (
        '<feedback><affirmativeFeedback type="Md5"><members timestamp="t"><member id="1"/></members>'
        '<members><member id="2"/><member id="3"/></members></affirmativeFeedback>'
        '<affirmativeFeedback type="Sha1"><members><member id="2"/></members></affirmativeFeedback>'
        '<negativeFeedback type="Md5"><reasons><reason guid="g"/><members><member id="4"/></members>'
        '<reason guid="odd"/></reasons></negativeFeedback>'
        '<negativeFeedback type="Pdna"><reasons><reason guid="g"/><members><member id="5"/></members></reasons>'
        "</negativeFeedback></feedback>"
    )
    (found,) = read_page(page(entry("image", more=votes)), own_member="1").entries
    assert (found.votes_up, found.votes_down) == (2, 1)
    assert read_page(page(entry("image", more="<feedback/>"))).entries[0].votes_up == 0


def test_paging_names_the_next_page_of_entries_or_nothing() -> None:
    paged = page(paging="<paging><next>/v2/entries?from=a&amp;start=1</next></paging>")
    assert read_page(paged).next_page == "/v2/entries?from=a&start=1"
    assert read_page(page(paging="<paging/>")).next_page is None
    for elsewhere in ("http://example.org/v2/entries?x", "/v2/status", "//host/v2/entries?"):
        with pytest.raises(ExchangeAnswerInvalidError):
            read_page(page(paging=f"<paging><next>{elsewhere}</next></paging>"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>Back soon</body></html>",
        b"<!doctype html><p>",
        b"<queryResult>",
        b'<!DOCTYPE queryResult [<!ENTITY a "b">]><queryResult>&a;</queryResult>',
        b"\xff\xfe\x00",
    ],
)
def test_no_page_is_no_page(data: bytes) -> None:
    with pytest.raises(ExchangeAnswerInvalidError):
        read_page(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_page_or_an_answer_invalid(data: bytes) -> None:
    try:
        read_page(data)
    except ExchangeAnswerInvalidError:
        return
    assert b"queryResult" in data


def test_status_says_who_we_are() -> None:
    answer = f'<status xmlns="{NAMESPACE}"><ipAddress>::1</ipAddress><member id="7">Us</member></status>'
    member = read_status(answer.encode())
    assert (member.id, member.name) == ("7", "Us")
    with pytest.raises(ExchangeAnswerInvalidError):
        read_status(f'<status xmlns="{NAMESPACE}"/>'.encode())


def test_members_are_listed() -> None:
    answer = f'<members xmlns="{NAMESPACE}"><member id="7">A</member><member>no id</member></members>'
    assert [member.id for member in read_members(answer.encode())] == ["7"]


@pytest.mark.parametrize(
    "shape", ["<availableFeedbackReasons{0}>{1}</availableFeedbackReasons>", "<queryResult{0}>{2}</queryResult>"]
)
def test_reasons_come_in_two_shapes(shape: str) -> None:
    reasons = '<reason guid="g1" name="One" type="Md5"/><reason guid="g2"/><reason name="no guid"/>'
    namespace = f' xmlns="{NAMESPACE}"'
    nested = f"<availableFeedbackReasons>{reasons}</availableFeedbackReasons>"
    found = read_reasons(shape.format(namespace, reasons, nested).encode())
    assert [(one.id, one.name) for one in found] == [("g1", "One"), ("g2", "g2")]


def test_votes_are_written_as_ncmec_reads_them() -> None:
    agree = etree.fromstring(write_vote(VoteMessage("7-42", "MD5", True)))
    assert agree.tag == f"{{{NAMESPACE}}}feedbackSubmission"
    assert [child.tag for child in agree] == [f"{{{NAMESPACE}}}affirmative"]
    against = etree.fromstring(write_vote(VoteMessage("7-42", "MD5", False, ("g1", "g2"))))
    guids = against.findall(f"{{{NAMESPACE}}}negative/{{{NAMESPACE}}}reasonIds/{{{NAMESPACE}}}guid")
    assert [guid.text for guid in guids] == ["g1", "g2"]


def test_an_entry_of_ones_own_reads_as_an_entry() -> None:
    root = parse_answer(write_entry("image", "e1", "A1", {"md5": "x", "pdna": "y"}), "image")
    assert [etree.QName(child).localname for child in root] == ["id", "classification", "fingerprints"]
    assert [etree.QName(child).localname for child in root[2]] == ["md5"]


def test_upper_case_is_the_same_hash() -> None:
    assert check_hash("md5", MD5) == MD5.lower()
    assert check_hash("pdq", MD5) is None


def test_an_entry_that_cannot_be_made_canonical_spoils_no_page() -> None:
    spoilt = '<image xmlns:x="no/address"><x:thing/><id>a</id></image>'
    whole = f'<image><member id="2">Them</member><id>b</id><fingerprints><md5>{"a" * 32}</md5></fingerprints></image>'
    page = f'<queryResult xmlns="{NAMESPACE}"><images>{spoilt}{whole}</images></queryResult>'.encode()
    found, again = read_page(page), read_page(page)
    assert [entry.source_id for entry in found.entries] == ["2-b"]
    (problem,) = found.problems
    assert problem.reference.startswith("unnamed ")
    assert found == again
