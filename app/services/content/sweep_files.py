"""What is in the storage without being anybody's: left by processes that were killed."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from app.persistence.database import Database
from app.persistence.models import Attachment
from app.services.content.attach_file import FOLDER
from app.storage import Storage

# Files that are looked up at a time.
_BATCH = 500


async def leftovers(database: Database, storage: Storage, before: datetime) -> AsyncIterator[str]:
    """The keys of stored files that no attachment has, of those stored before a moment.

    Files that are coming in at this time have no row yet: the moment is to be long enough ago.
    """
    batch: list[str] = []
    async for key in storage.keys(FOLDER, before):
        batch.append(key)
        if len(batch) == _BATCH:
            for each in await _unknown(database, batch):
                yield each
            batch.clear()
    for each in await _unknown(database, batch):
        yield each


async def _unknown(database: Database, keys: list[str]) -> list[str]:
    ids = {key: _id(key) for key in keys}
    asked = [id for id in ids.values() if id]
    known = set(
        await database.read(lambda: Attachment.filter(id__in=asked).values_list("id", flat=True))
    )
    # Another's file in our folder is not ours to delete.
    return [key for key, id in ids.items() if id and id not in known]


def _id(key: str) -> UUID | None:
    try:
        return UUID(key.removeprefix(f"{FOLDER}/"))
    except ValueError:
        return None
