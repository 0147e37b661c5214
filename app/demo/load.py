"""Loading the demo into an empty database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from app.demo import fake_names
from app.demo.activity import add_activity
from app.demo.bulk_insert import Rows, write
from app.demo.clients import add_clients
from app.demo.deliveries import add_push
from app.demo.groups import join_groups
from app.demo.partner import Team, create_team
from app.demo.partner_content import add_library, add_templates
from app.demo.people import add_people
from app.demo.revenue_program import (
    add_revenue_facts,
    is_enrolled_in_revenue_program,
    write_revenue_history,
)
from app.demo.shared_data import SharedData
from app.demo.tiers import plan_tiers, write_tier_history
from app.demo.vendor import create_vendor, vendor_row
from app.demo.webhooks import add_webhooks
from app.persistence.database import WRITER, Database
from app.persistence.models import Event, Partner, Vendor, VendorUser
from app.persistence.sql import bind

# Progress: what is loaded ("partners", "events"), the number done, and the total.
Progress = Callable[[str, int, int], None]

# Rows in one transaction: few enough to stay small in memory, enough to make commits cheap.
BATCH = 10_000
_MARK = "demo"

_NUMBER = """
UPDATE event SET sequence = numbered.sequence FROM (
    SELECT id, :done + ROW_NUMBER() OVER (ORDER BY id) AS sequence
    FROM (SELECT id FROM event WHERE id > :last ORDER BY id LIMIT :batch) fresh
) numbered
WHERE event.id = numbered.id
"""
_MARK_SHARED_DOMAINS = """
UPDATE client SET domain_shared = TRUE WHERE status <> 'ARCHIVED' AND domain IN (
    SELECT domain FROM client WHERE status <> 'ARCHIVED'
    GROUP BY domain HAVING COUNT(DISTINCT partner_id) > 1
)
"""


class NotEmptyError(Exception):
    """The database already has rows: of another vendor, or of a load that did not finish."""


async def is_loaded(database: Database) -> bool:
    """Return whether the database has the complete demo. False during a load, or after an
    interrupted one.
    """
    vendor = await database.read(lambda: Vendor.first())
    return vendor is not None and _MARK in vendor.policies


async def load_demo(
    database: Database,
    *,
    now: datetime,
    seed: int = 6,
    scale: int = 1,
    progress: Progress = lambda doing, done, total: None,
) -> None:
    """Fill an empty, migrated database. The same `seed` and `now` give the same rows, including
    ids.

    The year up to `now` (aware) is its history. Each step of `scale` is another 40 partners with
    600 clients. Memory use is independent of it: rows are created and committed in batches. The
    vendor's own row, which marks a complete demo, is written last. Nothing else may use the
    database meanwhile. Raises NotEmptyError, with nothing written.
    """
    if scale < 1:
        raise ValueError(f"The scale must be 1 or more, not {scale}.")
    await _require_empty(database)
    shared = await database.transaction(lambda: create_vendor(database, now, seed))
    await _load_partners(database, shared, scale, progress)
    await _number_events(database, progress)
    await database.transaction(lambda: _finish(database, shared, scale))


async def _require_empty(database: Database) -> None:
    async def found() -> tuple[bool, bool]:
        part = await VendorUser.exists() or await Partner.exists()
        return await Vendor.exists(), part

    vendor, part = await database.read(found)
    if vendor:
        raise NotEmptyError("There is already a vendor. Load the demo into an empty database.")
    if part:
        raise NotEmptyError(
            "The database contains part of a demo: an earlier load did not finish."
            " Start again with an empty database."
        )


async def _load_partners(
    database: Database, shared: SharedData, scale: int, progress: Progress
) -> None:
    total = scale * len(fake_names.data("partners"))
    batch = Rows()
    for done, rows in enumerate(partner_rows(shared, scale), start=1):
        batch.extend(rows)
        if len(batch) >= BATCH or done == total:
            await _commit(database, batch)
            batch = Rows()
            progress("partners", done, total)


def partner_rows(shared: SharedData, scale: int) -> Iterator[Rows]:
    """Yield all rows of each partner in turn. A partner is the same at every scale."""
    specs = fake_names.data("partners")
    for index in range(scale * len(specs)):
        cycle, industry = divmod(index, len(specs))
        spec = specs[industry]
        team = create_team(shared, spec, index, cycle)
        add_people(team, spec["clients"])
        if team.worked:
            join_groups(team)
            _add_year(team, spec)
        yield team.finish()


def _add_year(team: Team, spec: dict[str, Any]) -> None:
    """Create all history since the partner joined. Its facts are generated to fit its tiers."""
    plan = plan_tiers(team, spec.get("tiers", ()), spec.get("now"))
    add_library(team, spec["clients"])
    add_templates(team)
    histories = add_clients(team, spec["clients"])
    add_push(team, histories)
    ledger = add_activity(team, plan, histories)
    recorded = (
        add_revenue_facts(team, ledger, histories) if is_enrolled_in_revenue_program(team) else None
    )
    ledger.close()
    write_tier_history(team, plan, ledger)
    if recorded is not None:
        write_revenue_history(team, ledger, recorded)


async def _commit(database: Database, batch: Rows) -> None:
    await database.transaction(lambda: write(database, batch))


async def _number_events(database: Database, progress: Progress) -> None:
    """Number all events in the order of time, which is that of their ids.

    The relay would do the same, but it is designed for a few new events, not for millions.
    """
    total = await database.read(lambda: Event.all().count())
    done, last = 0, UUID(int=0)
    while done < total:
        last = await database.transaction(partial(_number_batch, database, done, last))
        done = min(done + BATCH, total)
        progress("events", done, total)


async def _number_batch(database: Database, done: int, last: UUID) -> UUID:
    """Number the next batch of events. Return the id of the last one."""
    values = {"done": done, "last": last, "batch": BATCH}
    sql, bound = bind(_NUMBER.strip(), values, database.dialect)
    await get_connection(WRITER).execute_query(sql, bound)
    newest = await Event.filter(sequence__gt=done).order_by("-sequence").first()
    return newest.id if newest else last


async def _finish(database: Database, shared: SharedData, scale: int) -> None:
    await get_connection(WRITER).execute_query(_MARK_SHARED_DOMAINS.strip())
    await add_webhooks(database, shared)
    await write(database, vendor_row(shared, {_MARK: {"seed": shared.seed, "scale": scale}}))
