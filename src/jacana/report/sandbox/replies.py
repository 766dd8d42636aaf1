"""Answers of the sandbox and their XML, and which HTTP status goes with which code in modern mode. Pure."""

from dataclasses import dataclass

from lxml import etree

SUCCESS = 0
DESCRIPTIONS = {
    0: "Success",
    1000: "Server error",
    1100: "Save failed",
    1110: "Upload failed",
    1111: "File upload failed",
    1210: "Resource not found",
    1300: "Update failed",
    2000: "Authentication required",
    3100: "No right to submit",
    3300: "No right to update",
    4000: "Invalid request",
    4100: "Validation failed",
    4110: "Malformed XML",
    4200: "Malformed file",
    5001: "Report does not exist",
    5002: "File does not exist",
    5101: "Report was already retracted",
    5102: "Report was already finished",
    9999: "Unknown",
}
HTTP_STATUS = {
    0: 200,
    1000: 500,
    1100: 500,
    1110: 500,
    1111: 500,
    1210: 404,
    1300: 400,
    2000: 401,
    3100: 403,
    3300: 403,
    5001: 404,
    5002: 404,
    5101: 409,
    5102: 409,
    9999: 500,
}
"""Modern mode. Only 401 and the 400 of a validation failure were seen; the others are this sandbox's choice."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. With `file_ids` it is a reportDoneResponse, else a reportResponse."""

    code: int
    description: str = ""
    report_id: int | None = None
    file_id: str | None = None
    hash: str | None = None
    file_ids: tuple[str, ...] | None = None

    @property
    def http_status(self) -> int:
        """HTTP status in modern mode."""
        return HTTP_STATUS.get(self.code, 400)


def refuse(code: int, detail: str = "") -> Reply:
    """Return a refusal; `detail` follows the description of the code."""
    description = DESCRIPTIONS[code]
    return Reply(code, f"{description}\n{detail}" if detail else description)


def render_reply(reply: Reply) -> bytes:
    """Return the XML of an answer, as UTF-8."""
    done = reply.file_ids is not None
    root = etree.Element("reportDoneResponse" if done else "reportResponse")
    etree.SubElement(root, "responseCode").text = str(reply.code)
    if not done:
        etree.SubElement(root, "responseDescription").text = reply.description or DESCRIPTIONS[reply.code]
    for name, value in (("reportId", reply.report_id), ("fileId", reply.file_id), ("hash", reply.hash)):
        if value is not None:
            etree.SubElement(root, name).text = str(value)
    if reply.file_ids is not None:
        files = etree.SubElement(root, "files")
        for file_id in reply.file_ids:
            etree.SubElement(files, "fileId").text = file_id
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
