"""What can be wrong with an index or with what is put into it."""

from jacana.model.errors import InputInvalidError, IntegrityBrokenError, StateConflictError


class IndexDamagedError(IntegrityBrokenError):
    """The index on disk cannot be used: another version, or bytes that do not match their checksum. Recreate it."""

    code = "index.damaged"


class IndexOvertakenError(StateConflictError):
    """Another process moved the index on first; read its position again and apply what is still missing."""

    code = "index.overtaken"


class IndexBehindError(StateConflictError):
    """The index holds less than was asked for: it was begun anew meanwhile. Bring it up to date and ask again."""

    code = "index.behind"


class IndexInputInvalidError(InputInvalidError):
    """Hashes, addresses or digests have the wrong shape, or an entry has more rows than an address can name."""

    code = "index.input_invalid"
