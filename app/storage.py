"""Files by key: in a local directory, or in a bucket of an S3-compatible service."""

import atexit
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

# Of a file that comes in, no more than these are in memory at a time: parts, and bytes of one.
_PARTS = 2
_PART_BYTES = 5 * 1024 * 1024
# Far longer than what it is for.
_GRACE_SECONDS = 0.05


class StorageFailed(Exception):
    """The storage cannot be reached, or does not do what it is asked: the cause says why."""


class Storage:
    """Where the bytes of files are."""

    def __init__(self, url: str) -> None:
        """`url` is `file:///directory`, made if it is missing, or `s3://bucket/prefix`.

        Credentials and the address of a service come from the environment (`AWS_*`). Raises
        ValueError or OSError for a place that cannot be.
        """
        _end_in_peace()
        parts = urlsplit(url)
        self._directory: Path | None = None
        self._store: ObjectStore
        if parts.scheme == "file":
            self._directory = Path(unquote(parts.path))
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(self._directory, automatic_cleanup=True)
        else:
            try:
                self._store = from_url(url)
            except BaseError as error:
                raise ValueError(str(error).partition("\n")[0]) from error

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store a file as it comes in. It is there with all of its bytes or, if this raises, not.

        What `chunks` raises is raised; else StorageFailed.
        """
        with _telling():
            await obstore.put_async(
                self._store, key, chunks, chunk_size=_PART_BYTES, max_concurrency=_PARTS
            )

    async def get(self, key: str, span: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """The bytes of a file, or those from the first number of a span up to the second.

        Raises StorageFailed, also for a file that is not there.
        """
        options: obstore.GetOptions = {"range": span} if span else {}
        with _telling():
            found = await obstore.get_async(self._store, key, options=options)
        return (bytes(chunk) async for chunk in found.stream())

    async def delete(self, key: str) -> None:
        """Delete a file, if it is there. Raises StorageFailed."""
        with _telling(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def keys(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        """The keys below a prefix that were stored before a moment (of real time).

        Raises StorageFailed.
        """
        with _telling():
            async for batch in obstore.list(self._store, prefix):
                for found in batch:
                    if found["last_modified"] < before:
                        yield found["path"]

    def parts(self, prefix: str, before: datetime) -> list[Path]:
        """What a process that was killed left half written in a local directory.

        A bucket deletes its own, by the rule of its owner for unfinished uploads.
        """
        if self._directory is None:
            return []
        found = self._directory.joinpath(prefix).glob("*#*")
        return [path for path in found if path.stat().st_mtime < before.timestamp()]


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (BaseError, FileNotFoundError, ValueError) as error:
        raise StorageFailed(str(error).partition("\n")[0]) from error


@cache
def _end_in_peace() -> None:
    """Let threads of obstore come to rest before the interpreter ends.

    After its last operation such a thread still lets go of Python's objects, for a moment. An
    interpreter that ends meanwhile aborts (pyo3-async-runtimes, issue 40).
    """
    atexit.register(time.sleep, _GRACE_SECONDS)
