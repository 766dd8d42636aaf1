"""The uploads of one account: which of them only the owner may see, and how many others there are. Pure."""

from jacana.detect.accounts.state.record import UPLOAD_CAP, AccountRecord, UploadRecord
from jacana.model.upload import Visibility


def note_upload(record: AccountRecord, upload_id: str, visibility: str, at: int) -> None:
    """Take note of a new upload, or of one heard of again."""
    known = record.uploads.get(upload_id)
    if known is not None:
        _set_visibility(known, visibility, at)
        return
    _add(record, upload_id, visibility, at)


def note_visibility(record: AccountRecord, upload_id: str, visibility: str, at: int) -> None:
    """Take note that the owner changed who may see an upload.

    One that is not known may have been let go of: then it was among the public ones that are only counted.
    """
    if upload_id not in record.uploads and record.uncounted_public:
        record.uncounted_public -= 1
    note_upload(record, upload_id, visibility, at)


def count_uploads(record: AccountRecord) -> tuple[int, int]:
    """Return how many uploads are public, and how many only the owner may see."""
    public = record.uncounted_public + sum(upload.public for upload in record.uploads.values())
    return public, sum(upload.only_me for upload in record.uploads.values())


def _add(record: AccountRecord, upload_id: str, visibility: str, at: int) -> None:
    upload = UploadRecord(record.next_upload, False, False, at)
    _set_visibility(upload, visibility, at)
    record.next_upload += 1
    record.uploads[upload_id] = upload
    if len(record.uploads) > UPLOAD_CAP:
        uploads = record.uploads
        goes = min(uploads, key=lambda one: (uploads[one].only_me, uploads[one].created, uploads[one].number))
        gone = uploads.pop(goes)
        record.dropped += gone.only_me
        record.uncounted_public += gone.public


def _set_visibility(upload: UploadRecord, visibility: str, at: int) -> None:
    if at < upload.changed:
        return
    upload.changed = at
    upload.only_me = visibility == Visibility.ONLY_ME
    upload.public = visibility == Visibility.PUBLIC
