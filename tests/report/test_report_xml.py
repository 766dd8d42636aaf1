import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jacana.report.xml import XmlInvalidError, clean_text, line_of, parse_xml


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<a",
        b"<a/><b/>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<a>" * 300 + b"</a>" * 300,
        "<!DOCTYPE a><a/>".encode("utf-16"),
        b"\x00\x01\x02",
    ],
)
def test_hostile_xml_is_refused(hostile: bytes) -> None:
    with pytest.raises(XmlInvalidError):
        parse_xml(hostile)


def test_words_about_doctypes_are_not_doctypes() -> None:
    assert parse_xml(b"<a><![CDATA[<!DOCTYPE x>]]></a>").text == "<!DOCTYPE x>"


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_fits_into_xml(text: str) -> None:
    element = etree.Element("a")
    element.text = clean_text(text)
    read = parse_xml(etree.tostring(element, encoding="UTF-8")).text or ""
    assert read == clean_text(text)


def test_lines_are_known_after_parsing() -> None:
    assert line_of(parse_xml(b"<a>\n<b/></a>")[0]) == 2
