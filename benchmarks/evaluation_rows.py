"""Partners of a tier program with their records: what a sweep is measured over.

Each partner has 30 records over 14 months: 18 sales, 8 registered deals, 3 certifications, one
attestation. What they amount to depends on the partner's number alone, so that databases of any
size have the same partners, and the same share of them moves in a sweep.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from tortoise.connection import get_connection

from app.domain.clock import SystemClock
from app.domain.programs.parse import parse_program
from app.persistence.database import WRITER, Database
from app.persistence.migrate import migrate
from app.services.programs.import_program import import_program
from app.services.vendor.set_up import SetUp, set_up
from benchmarks.growth_rows import INSERT, PARTNER, PARTNER_ROW, Place, id_sql

RECORD = 5
EACH = 30
# Evaluations on schedule: everybody is placed in the first, few move in the second.
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = datetime(2026, 4, 1, tzinfo=UTC)
_SALES, _DEALS = 18, 8
_DAY = 86_400
_SPAN = 425 * _DAY  # 14 months up to the second evaluation.
_YEAR = {"kind": "ROLLING", "count": 12, "unit": "MONTH"}
_QUARTERS = {"kind": "EACH_BUCKET", "count": 3, "unit": "QUARTER"}


def _sold(dollars: int) -> dict[str, Any]:
    return {
        "metric": "MONEY_SUM",
        "label": f"USD {dollars:,} sold in 12 months",
        "filters": {"revenue": "SOLD_ARR", "currency": "USD"},
        "operator": "GTE",
        "threshold": dollars,
        "window": _YEAR,
    }


def _certified(people: int) -> dict[str, Any]:
    return {
        "metric": "CERTIFIED_PEOPLE",
        "label": f"{people} certified in sales",
        "filters": {"holdsAny": ["SALES"]},
        "operator": "GTE",
        "threshold": people,
    }


_REGISTERED = {
    "metric": "EVENT_COUNT",
    "label": "A deal registered in each of three quarters",
    "filters": {"activity": "DEAL_REGISTRATION"},
    "operator": "GTE",
    "threshold": 1,
    "window": _QUARTERS,
}
_LISTED = {
    "metric": "ATTESTATION",
    "label": "A landing page",
    "filters": {"attestation": "LANDING_PAGE"},
    "operator": "IS_TRUE",
}
_ASKED = {
    "silver": [_sold(20_000), _certified(1)],
    "gold": [_sold(60_000), _certified(2), _REGISTERED],
    "platinum": [_sold(120_000), _certified(2), _REGISTERED, _LISTED],
}
PROGRAM = {
    "key": "sweep",
    "name": "Sweep",
    "effectiveFrom": "2024-01-01",
    "policy": {
        "promotion": "AT_EVALUATION",
        "retention": {"kind": "GRACE", "days": 45, "noticeDays": 14},
        "demotion": "ONE_STEP",
        "evaluateEvery": {"count": 1, "unit": "MONTH"},
        "certification": {"validity": {"count": 2, "unit": "YEAR"}},
    },
    "tiers": [{"key": "bronze", "name": "Bronze"}]
    + [
        {"key": key, "name": key.title(), "requirement": {"kind": "ALL", "of": asked}}
        for key, asked in _ASKED.items()
    ],
    "benefits": [],
}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """An open database."""
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def filled(place: Place, partners: int) -> str:
    """The URL of a new database of so many partners, and the program in force; none is in it."""
    url = await place.create(f"sweep_{partners}")
    async with opened(url) as database:
        await migrate(database)
        wanted = SetUp("Northwind", "EUR", "UTC", "Vera", "vera@northwind.example", "sixclicks")
        await set_up(database, SystemClock(), wanted)
        definition = parse_program(PROGRAM)
        await database.transaction(lambda: import_program(definition, at=FIRST))
        partner = {"id": id_sql(database, PARTNER, "n"), **PARTNER_ROW}
        await _write(database, "partner", partners, partner | {"activity_count": str(EACH)})
        await add_records(database, partners, later=False)
        await tidy(database)
    return url


async def add_records(database: Database, partners: int, *, later: bool) -> None:
    """Write the records from before the first evaluation, or the later ones."""
    within = f"WHERE {_seconds()} {'>=' if later else '<'} {int(FIRST.timestamp())}"
    await _write(database, "activity_record", partners * EACH, _record(database), within)


async def tidy(database: Database) -> None:
    """What PostgreSQL's own upkeep would have done within minutes; SQLite does none by itself."""
    if database.dialect == "postgres":
        await get_connection(WRITER).execute_script("VACUUM ANALYZE")


async def _write(
    database: Database, table: str, count: int, row: dict[str, str], within: str = ""
) -> None:
    names = {"table": table, "columns": ", ".join(row), "values": ", ".join(row.values())}
    sql = f"{INSERT.format(**names, first=1, last=count)} {within}"
    if database.dialect == "postgres":
        # Every reference is right by construction: looking each one up takes as long as writing.
        sql = f"SET session_replication_role = replica; {sql}; RESET session_replication_role"
    await get_connection(WRITER).execute_script(sql)


_OF = f"((n - 1) / {EACH} + 1)"
_PLACE = f"((n - 1) % {EACH})"
_CERTIFICATION = f"{_PLACE} BETWEEN {_SALES + _DEALS} AND {EACH - 2}"


def _by_kind(sale: str, deal: str, certified: str, attested: str) -> str:
    return (
        f"CASE WHEN {_PLACE} < {_SALES} THEN {sale} WHEN {_PLACE} < {_SALES + _DEALS} THEN {deal}"
        f" WHEN {_CERTIFICATION} THEN {certified} ELSE {attested} END"
    )


def _seconds() -> str:
    """When a record took effect, in seconds since 1970: what adds up evenly over the time, at other
    moments for each partner."""
    last = int(SECOND.timestamp())

    def evenly(count: int, nth: str) -> str:
        step = _SPAN // count
        return f"{last} - {step} * {nth} - ({_OF} * 7919 * 60) % {step} - 1"

    first = str(last - _SPAN)
    sale, deal = evenly(_SALES, _PLACE), evenly(_DEALS, f"({_PLACE} - {_SALES})")
    return f"({_by_kind(sale, deal, first, first)})"


def _record(database: Database) -> dict[str, str]:
    """Record `n`: the partner's (n - 1) % EACH-th, of the kinds in turn."""
    partner, place, certification, by_kind = _OF, _PLACE, _CERTIFICATION, _by_kind
    times = _moment(database, _seconds())
    last = int(SECOND.timestamp())
    # One in a hundred has a certification that ends between the two evaluations.
    ends = f"CASE WHEN {certification} AND {partner} % 100 = 7 THEN {last - 15 * _DAY} END"
    size = f"(({partner} * 37) % 113)"
    return {
        "id": id_sql(database, RECORD, "n"),
        "partner_id": id_sql(database, PARTNER, partner),
        "position": f"{place} + 1",
        "kind": by_kind("'SALE'", "'DEAL_REGISTRATION'", "'CERTIFICATION'", "'ATTESTATION'"),
        "code": by_kind(
            "NULL",
            "NULL",
            f"CASE WHEN {place} = {EACH - 2} THEN 'TECHNICAL' ELSE 'SALES' END",
            "'LANDING_PAGE'",
        ),
        "person": f"CASE WHEN {certification}"
        f" THEN 'p' || ({place} % 2) || '@' || {partner} || '.example' END",
        "amount": f"CASE WHEN {place} < {_SALES} THEN 100 * {size} * {size} + n % 100 END",
        "currency_code": f"CASE WHEN {place} < {_SALES} THEN 'USD' END",
        "revenue": f"CASE WHEN {place} < {_SALES} THEN 'SOLD_ARR' END",
        "quantity": "1",
        "digest": "'none'",
        "occurred_at": times,
        "expires_at": _moment(database, ends),
        "recorded_at": times,
    }


def _moment(database: Database, seconds: str) -> str:
    """A moment as the database keeps it, from seconds since 1970."""
    if database.dialect == "postgres":
        return f"to_timestamp({seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%S+00:00', {seconds}, 'unixepoch')"
