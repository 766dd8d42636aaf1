"""Reads the answers of a CyberTipline. Trusts nothing: size, form, names and numbers are checked before use. Pure.

The XML counts first and the HTTP status second, because the status of most failures is not documented.
"""

from lxml import etree

from jacana.report.cybertipline import (
    AUTHENTICATION_REQUIRED,
    NOT_AUTHORISED,
    SUCCESS,
    Answer,
    CyberTipRefusedError,
    CyberTipUnclearError,
)
from jacana.report.xml import XmlInvalidError, parse_xml

MAX_ANSWER_BYTES = 2**20
_LONGEST_ID = 64
_RESOURCE_NOT_FOUND, _SERVER_BUSY, _INVALID_REQUEST = 1210, 1000, 4000
_CODE_OF_STATUS = {401: AUTHENTICATION_REQUIRED, 403: NOT_AUTHORISED, 404: _RESOURCE_NOT_FOUND, 429: _SERVER_BUSY}


def read_answer(body: bytes, http_status: int, request_id: str | None) -> Answer:
    """Return the answer if it says success.

    Raises CyberTipRefusedError for any other code, or for an HTTP status that is a clear refusal by itself;
    CyberTipUnclearError for everything that cannot be read.
    """
    answer = _parse(body, http_status, request_id) or _judge_status(body, http_status, request_id)
    if answer is None:
        raise CyberTipUnclearError(
            f"the answer (HTTP {http_status}) cannot be read", http_status=http_status, request_id=request_id
        )
    if answer.code != SUCCESS:
        raise CyberTipRefusedError(answer)
    return answer


def _parse(body: bytes, http_status: int, request_id: str | None) -> Answer | None:
    if len(body) > MAX_ANSWER_BYTES:
        return None
    try:
        root = parse_xml(body)
        code = int(root.findtext("responseCode") or "")
        report_id = _optional_number(root.findtext("reportId"))
        file_id, digest = _optional_token(root.findtext("fileId")), _optional_token(root.findtext("hash"))
    except (XmlInvalidError, ValueError):
        return None
    if root.tag not in ("reportResponse", "reportDoneResponse"):
        return None
    if http_status == 401 and code != SUCCESS:
        code = AUTHENTICATION_REQUIRED  # in 2016 a 401 carried code 1000, which now means a server error
    return Answer(
        code=code,
        description=(root.findtext("responseDescription") or "").strip(),
        report_id=report_id,
        file_id=file_id,
        hash=digest,
        file_ids=_file_ids(root),
        raw=body,
        http_status=http_status,
        request_id=request_id,
    )


def _judge_status(body: bytes, http_status: int, request_id: str | None) -> Answer | None:
    """Return an answer made of the HTTP status alone, where that is clear: a refusal before anything was done."""
    code = _CODE_OF_STATUS.get(http_status)
    if code is None and 400 <= http_status < 500 and http_status != 408:
        code = _INVALID_REQUEST
    if code is None:
        return None
    return Answer(code, f"HTTP {http_status}", None, None, None, None, body, http_status, request_id)


def _optional_number(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    number = int(text)
    if not 0 < number < 2**63:
        raise ValueError(text)
    return number


def _optional_token(text: str | None) -> str | None:
    stripped = (text or "").strip()
    if len(stripped) > _LONGEST_ID:
        raise ValueError("an id that is too long")
    return stripped or None


def _file_ids(root: etree._Element) -> tuple[str, ...] | None:
    if root.tag != "reportDoneResponse":
        return None
    return tuple((item.text or "").strip() for item in root.findall("files/fileId"))
