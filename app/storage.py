"""File storage by key: a local directory, or a bucket of an S3-compatible service."""

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

# How much of an upload is in memory at a time: the number of parts, and the bytes of each.
_PARTS = 2
_PART_BYTES = 5 * 1024 * 1024
# Far longer than the threads need.
_GRACE_SECONDS = 0.05


class StorageFailed(Exception):
    """The storage cannot be reached or refuses a request. The exception's cause has the details."""


class Storage:
    """Stores the bytes of files."""

    def __init__(self, url: str) -> None:
        """`url` is `file:///directory`, created if it is missing, or `s3://bucket/prefix`.

        Credentials and the endpoint of the service come from the environment (`AWS_*`). Raises
        ValueError or OSError for a location that cannot be used.
        """
        _wait_for_threads_at_exit()
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
        """Store a file as it is received. If this raises, nothing is stored.

        Exceptions of `chunks` are passed on; all others are raised as StorageFailed.
        """
        with _raising_storage_failed():
            await obstore.put_async(
                self._store, key, chunks, chunk_size=_PART_BYTES, max_concurrency=_PARTS
            )

    async def get(self, key: str, span: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """Return the bytes of a file. `span` limits them to a range: start, and end (exclusive).

        Raises StorageFailed, also if the file does not exist.
        """
        options: obstore.GetOptions = {"range": span} if span else {}
        with _raising_storage_failed():
            found = await obstore.get_async(self._store, key, options=options)
        return (bytes(chunk) async for chunk in found.stream())

    async def delete(self, key: str) -> None:
        """Delete a file if it exists. Raises StorageFailed."""
        with _raising_storage_failed(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def keys(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        """Yield the keys below a prefix that were stored before a time (real time).

        Raises StorageFailed.
        """
        with _raising_storage_failed():
            async for batch in obstore.list(self._store, prefix):
                for found in batch:
                    if found["last_modified"] < before:
                        yield found["path"]

    def parts(self, prefix: str, before: datetime) -> list[Path]:
        """Return the files that a killed process left half written in a local directory.

        A bucket deletes its own, by its lifecycle rule for unfinished uploads.
        """
        if self._directory is None:
            return []
        found = self._directory.joinpath(prefix).glob("*#*")
        return [path for path in found if path.stat().st_mtime < before.timestamp()]


@contextmanager
def _raising_storage_failed() -> Iterator[None]:
    try:
        yield
    except (BaseError, FileNotFoundError, ValueError) as error:
        raise StorageFailed(str(error).partition("\n")[0]) from error


@cache
def _wait_for_threads_at_exit() -> None:
    """Let the threads of obstore finish before the interpreter exits.

    After its last operation such a thread still releases Python objects for a moment. An
    interpreter that exits during that time aborts (pyo3-async-runtimes, issue 40).
    """
    atexit.register(time.sleep, _GRACE_SECONDS)
