"""The vendor imports a catalogue file; or asks what an import would change."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.catalogue.model import Catalogue
from app.domain.catalogue.reading import read_catalogue
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Vendor
from app.services.billing.import_catalogue import catalogue_changes, import_catalogue
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.vendor.zone import vendor_zone


@dataclass(frozen=True, slots=True)
class ImportCatalogue:
    """The text of a catalogue file, YAML or JSON."""

    idempotency_key: str
    text: str


async def import_catalogue_file(caller: Caller, input: ImportCatalogue) -> Mapping[str, UUID]:
    """Import it; gives the id `vendor`.

    Raises Refused at `text`, with the path in each message, with everything that is wrong with it
    (INVALID), or that does not go with what is there (CONFLICT, NOT_FOUND).
    """
    catalogue = await _read(caller, input.text)

    async def work(now: datetime) -> Done:
        vendor = await Vendor.select_for_update().first()
        if vendor is None:
            raise refuse(ErrorCode.NOT_FOUND, "There is no vendor yet: set the service up first.")
        if await import_catalogue(catalogue, at=now):
            await append(
                EventType.CATALOGUE_IMPORTED,
                subject_id=vendor.id,
                partner_id=None,
                actor=caller.actor,
                at=now,
            )
        return Done(vendor.id, None, {"vendor": vendor.id})

    digest = hashlib.sha256(input.text.encode()).hexdigest()
    sent = arguments(input, text=f"sha256:{digest}")
    return await perform(caller, "importCatalogue", input.idempotency_key, sent, work)


async def try_catalogue_file(caller: Caller, text: str) -> list[str]:
    """What an import would change, in words. Writes nothing; raises as an import does."""
    catalogue = await _read(caller, text)
    now = caller.clock.now()
    return await caller.database.read(lambda: catalogue_changes(catalogue, at=now))


async def _read(caller: Caller, text: str) -> Catalogue:
    zone = await caller.database.read(vendor_zone)
    # Reading a long text takes a while: not on the loop that serves all others.
    return await asyncio.to_thread(read_catalogue, text, zone)
