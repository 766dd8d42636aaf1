"""Rules of batched mode: one viral or meme file, many accounts (reference section 2.6). Pure."""

from collections.abc import Iterator

from lxml import etree

Element = etree._Element
_NOT_IN_REPORT = (
    "incidentSummary/escalateToHighPriority",
    "internetDetails",
    "lawEnforcement",
    "intendedRecipient",
    "victim",
    "additionalInfo",
)
_NOT_IN_FILE = (
    "originalFileName",
    "locationOfFile",
    "originalFileHash",
    "ipCaptureEvent",
    "deviceId",
    "details",
    "additionalInfo",
)
_FILE_ANNOTATIONS = {"viral", "potentialMeme"}


def is_batched(root: Element) -> bool:
    """Return whether a `<report>` asks for batched mode."""
    return root.find("batchedReport") is not None


def check_batched_report(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield what a batched `<report>` must not carry; nothing for any other report."""
    if not is_batched(root):
        return
    for path in _NOT_IN_REPORT:
        for element in root.findall(path):
            yield element, "not allowed in a batched report"
    for reported in root.findall("personOrUserReported"):
        if [child.tag for child in reported] != ["espIdentifier"]:
            yield reported, "in a batched report it holds only espIdentifier"


def check_batched_file(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield what the `<fileDetails>` of a batched report must not carry or lacks."""
    for path in _NOT_IN_FILE:
        for element in root.findall(path):
            yield element, "not allowed in a batched report"
    if root.findtext("fileRelevance") != "Reported":
        yield root, "in a batched report fileRelevance must be Reported"
    annotations = {str(child.tag) for child in root.findall("fileAnnotations/*")}
    if root.find("potentialMeme") is not None:
        annotations.add("potentialMeme")
    if not annotations or annotations - _FILE_ANNOTATIONS:
        yield root, "in a batched report a file carries viral or potentialMeme and no other annotation"
