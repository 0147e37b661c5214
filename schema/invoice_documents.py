"""Where the documents of invoices are."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal
from urllib.parse import quote

from app.domain.ids import global_id
from app.persistence import models
from app.reads.sources import Fetch, Wanted
from app.services.programs.measuring import as_uuid

Format = Literal["pdf", "html"]


def document_path(id: str, format: Format) -> str:
    """Where a document is, from the root of the service: by the invoice's global id."""
    return f"/invoices/{quote(id, safe='')}.{format}"


def document_urls(format: Format) -> Callable[[Fetch, Wanted], Awaitable[Mapping[str, str]]]:
    """What gives invoices the signed addresses of their documents."""

    async def load(fetch: Fetch, wanted: Wanted) -> Mapping[str, str]:
        rows = await fetch(
            models.Invoice, "SELECT t.id FROM invoice t WHERE t.id{keys} AND {scope} IS TRUE"
        )
        ids = [as_uuid(row["id"]) for row in rows]
        return {str(id): wanted.sign(document_path(global_id("Invoice", id), format)) for id in ids}

    return load
