"""Files that belong to versions of content."""

from collections.abc import Mapping
from urllib.parse import quote

import strawberry

from app.auth.policy import Action
from app.domain.ids import global_id
from app.persistence import models
from app.reads.sources import Fetch, Wanted
from app.services.programs.measuring import as_uuid
from schema.fields import column, computed, reads
from schema.node import Node
from schema.scalars import DateTime


def file_path(id: str, name: str) -> str:
    """Where a file is, from the root of the service: by its global id."""
    return f"/files/{quote(id, safe='')}/{quote(name, safe='')}"


async def _urls(fetch: Fetch, wanted: Wanted) -> Mapping[str, str]:
    rows = await fetch(
        models.Attachment, "SELECT t.id, t.name FROM attachment t WHERE t.id{keys} AND {scope}"
    )
    return {
        str(row["id"]): wanted.sign(
            file_path(global_id("Attachment", as_uuid(row["id"])), row["name"])
        )
        for row in rows
    }


@strawberry.type(description="A file that belongs to a version of an item.")
@reads(models.Attachment, Action.READ_CONTENT)
class Attachment(Node):
    """A file."""

    name: str = column("Its name; unique within the version.")
    media_type: str = column("What it is, such as `application/pdf`.")
    size: int = column("Bytes.")
    checksum: str = column("SHA-256 of the bytes, as lower-case hex.")
    created_at: DateTime = column("When it was attached.")
    url: str = computed(
        "The URL of its content, relative to the root of the service. It is signed and works "
        "without credentials for a short time (10 minutes by default).",
        _urls,
        missing="",
    )
