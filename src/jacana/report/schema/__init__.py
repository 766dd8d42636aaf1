"""The schema of CyberTipline documents, our own, and validation against it. Structure only: rules are in `rules.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from lxml import etree

from jacana.report.xml import line_of

EDITIONS = ("2025", "2026")
_FILE = Path(__file__).parent / "cybertipline.xsd"


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """One thing wrong with a document: where it is, which rule it breaks (`cvc-…` for the schema), and what to do."""

    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Return the line as NCMEC's answers print it."""
        return f"[{self.line},{self.column}] - {self.rule}: {self.message}"


@cache
def schema_bytes(edition: str = "2025") -> bytes:
    """Return the XSD of an edition; elements NCMEC added in 2026 are left out of the 2025 one."""
    tree = etree.parse(_FILE, etree.XMLParser(remove_blank_text=False, no_network=True))
    for element in list(tree.iter("{http://www.w3.org/2001/XMLSchema}element")):
        if element.attrib.get("id", "").startswith("d26-"):
            if edition == "2025":
                parent = element.getparent()
                assert parent is not None  # noqa: S101 - an element declaration is never the root
                parent.remove(element)
            else:
                del element.attrib["id"]
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def validate_schema(root: etree._Element, expected_root: str, edition: str = "2025") -> list[DocumentProblem]:
    """Return what the schema finds wrong with `root`, which must be named `expected_root`; empty when valid."""
    if root.tag != expected_root:
        return [DocumentProblem(line_of(root), 1, "cvc-elt.1", f"the root element must be '{expected_root}'")]
    schema = etree.XMLSchema(etree.fromstring(schema_bytes(edition)))
    if schema.validate(root):
        return []
    return [
        DocumentProblem(entry.line, max(entry.column, 1), _rule_name(entry.type_name), entry.message)
        for entry in cast(Iterable[etree._LogEntry], schema.error_log)
    ]


def _rule_name(type_name: str) -> str:
    """Turn libxml2's name of a rule into the one that Xerces prints, which is what NCMEC's answers show."""
    if type_name.startswith("SCHEMAV_CVC_"):
        words = type_name.removeprefix("SCHEMAV_").lower().split("_")
        numbers = [word for word in words if word.isdigit()]
        return ".".join(["-".join(word for word in words if not word.isdigit()), *numbers])
    return "cvc-complex-type.2.4.a" if type_name == "SCHEMAV_ELEMENT_CONTENT" else "cvc-schema"
