"""Safe reading of XML that others wrote, and the text rules for XML that we write.

Entities, DTDs and the network are off; a DOCTYPE is refused, not ignored.
"""

import re
from typing import cast

from lxml import etree

from jacana.model.errors import InputInvalidError

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 cannot carry, not even as references."""


class XmlInvalidError(InputInvalidError):
    """Not well-formed XML, or XML with a DOCTYPE."""

    code = "report.xml_invalid"


def clean_text(text: str) -> str:
    """Return `text` without the characters that XML 1.0 forbids; the original stays in evidence."""
    return FORBIDDEN.sub("", text)


def parse_xml(data: bytes) -> etree._Element:
    """Return the root of `data`. Raises XmlInvalidError for anything malformed, too deep, or with a DOCTYPE.

    Bytes are parsed as their own declaration says: NCMEC's header names another encoding than its body has.
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise XmlInvalidError("not well-formed XML", remedy="send one well-formed XML document") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlInvalidError("XML with a DOCTYPE is refused", remedy="send the document without DOCTYPE and entities")
    return root


def line_of(element: etree._Element) -> int:
    """Return the line of a parsed element, 1 if it is not known."""
    return cast(int | None, element.sourceline) or 1
