"""The storage: the same for a directory and for what an S3-compatible service is like."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.storage import Storage, StorageFailed

LATER = datetime.now(UTC) + timedelta(hours=1)
EARLIER = LATER - timedelta(hours=2)


@pytest.fixture(params=["directory", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    directory = (tmp_path / "new" / "with space").as_uri()
    return Storage(directory if request.param == "directory" else "memory:///")


async def chunks(*parts: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fails:
        raise KeyError("the caller has gone")


async def read(storage: Storage, key: str, span: tuple[int, int] | None = None) -> bytes:
    return b"".join([chunk async for chunk in await storage.get(key, span)])


def below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")]


async def listed(storage: Storage, before: datetime = LATER) -> list[str]:
    return [key async for key in storage.keys("kept", before)]


async def test_what_is_stored_is_there_whole_and_in_parts(storage: Storage) -> None:
    many = [bytes([number % 256]) * 100_000 for number in range(130)]
    await storage.put("kept/a", chunks(*many))
    assert await read(storage, "kept/a") == b"".join(many)
    assert await read(storage, "kept/a", (99_999, 100_001)) == b"\x00\x01"
    assert await listed(storage) == ["kept/a"]
    assert await listed(storage, EARLIER) == []


async def test_what_fails_on_its_way_leaves_nothing(storage: Storage) -> None:
    for size in (0, 10, 11_000_000):
        with pytest.raises(KeyError, match="gone"):
            await storage.put("kept/b", chunks(bytes(size), fails=True))
    assert await listed(storage) == []
    with pytest.raises(StorageFailed):
        await storage.get("kept/b")


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    await storage.put("kept/c", chunks(b"c"))
    await storage.delete("kept/c")
    await storage.delete("kept/c")
    assert await listed(storage) == []


async def test_no_key_leads_out_of_the_directory(tmp_path: Path) -> None:
    storage = Storage((tmp_path / "files").as_uri())
    with pytest.raises(StorageFailed):
        await storage.put("../outside", chunks(b"x"))
    assert below(tmp_path) == ["files"]


async def test_the_directory_is_its_owners_and_parts_in_it_are_found(tmp_path: Path) -> None:
    storage = Storage((tmp_path / "files").as_uri())
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0
    assert storage.parts("kept", LATER) == []
    await storage.put("kept/d", chunks(b"d"))
    part = tmp_path / "files" / "kept" / "e#1"
    part.write_bytes(b"half")
    os.utime(part, (EARLIER.timestamp(), EARLIER.timestamp()))
    assert storage.parts("kept", LATER) == [part]
    assert storage.parts("kept", EARLIER - timedelta(days=1)) == []
