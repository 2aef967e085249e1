"""A disk that is full or may not be written, told as that, whichever library stumbled over it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from wattloop.library.quantity.refusal import Refused

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_BARRED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SAY_FULL = ("No space left", "File too large", "Disk quota", "max_temp_directory_size")
_SAY_BARRED = ("Permission denied", "Operation not permitted", "Read-only file system")


@contextmanager
def told(unharmed: str) -> Iterator[None]:
    """Turn an error of the disk into a refusal, and let every other pass.

    Args:
        unharmed: what is as it was, for the message, such as 'the lake is as it was'.

    Raises:
        Refused: where the disk is full or may not be written.
    """
    try:
        yield
    except (OSError, pa.ArrowException, DeltaError, duckdb.Error) as error:
        text, number = str(error), getattr(error, "errno", None)
        if number in _FULL or any(words in text for words in _SAY_FULL):
            raise Refused(f"the disk is full; {unharmed}", "Make room and try again.") from error
        if number in _BARRED or any(words in text for words in _SAY_BARRED):
            name = getattr(error, "filename", None) or text[:200]
            raise Refused(f"the disk may not be written ({name}); {unharmed}", "Check whose it is.") from error
        raise
