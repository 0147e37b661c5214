"""Partners with a hundred subscribed clients each: what a billing run is measured over.

Half of the partners are resellers (one consolidated invoice with a hundred sections), half are not
(a hundred invoices of clients, one of the partner). Subscriptions are by the month, were charged up
to the month before, and earn the partner a locked rate.
"""

from datetime import UTC, datetime

from tortoise.connection import get_connection

from app.domain.clock import SystemClock
from app.persistence.database import WRITER, Database
from app.persistence.migrate import migrate
from app.persistence.models import Price, Vendor
from app.services.vendor.set_up import SetUp, set_up
from benchmarks.evaluation_rows import opened, tidy
from benchmarks.growth_rows import ADVISOR, CLIENT, INSERT, PARTNER, PARTNER_ROW, Place, id_sql

CLIENTS = 100  # Of each partner.
ADVISORS = 2
SUBSCRIPTION = 6
PERIOD = "2026-03"
# When the period begins, and the moment after its end when it is billed.
START, NOW = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, 6, tzinfo=UTC)
_LONG_AGO, _START = "'2025-06-01 00:00:00+00:00'", f"'{START.isoformat(' ')}'"
_CURRENCY, _PLAN, _BRACKET = "EUR", "FULL_FEATURE", "11-50"


async def filled(place: Place, clients: int) -> str:
    """The URL of a new database with so many clients, of a hundredth as many partners."""
    url = await place.create(f"billing_{clients}")
    partners = clients // CLIENTS
    async with opened(url) as database:
        await migrate(database)
        wanted = SetUp("Northwind", "EUR", "UTC", "Vera", "vera@northwind.example", "sixclicks")
        await set_up(database, SystemClock(), wanted)
        await Vendor.all().update(address={"country": "DE"})
        price = await Price.get(
            price_book__currency_code=_CURRENCY,
            plan_id=_PLAN,
            bracket_id=_BRACKET,
            interval="MONTH",
        )
        model = "CASE WHEN n % 2 = 0 THEN 'RESELLER' ELSE 'NON_RESELLER' END"
        partner = {"id": id_sql(database, PARTNER, "n"), **PARTNER_ROW, "billing_model": model}
        await _write(database, "partner", partners, partner | {"activity_count": "0"})
        await _write(database, "advisor", partners * ADVISORS, _advisor(database))
        await _write(database, "client", clients, _client(database))
        await _write(database, "subscription", clients, _subscription(database, price))
        await tidy(database)
    return url


def _advisor(database: Database) -> dict[str, str]:
    return {
        "id": id_sql(database, ADVISOR, "n"),
        "partner_id": id_sql(database, PARTNER, f"(n - 1) / {ADVISORS} + 1"),
        "name": "'Person ' || n",
        "name_key": "'person ' || n",
        "email": "'person-' || n || '@example.com'",
        "role": "'PARTNER_ADMIN'",
        "status": "'ACTIVE'",
        "active_from": _LONG_AGO,
        "created_at": _LONG_AGO,
    }


def _client(database: Database) -> dict[str, str]:
    return {
        "id": id_sql(database, CLIENT, "n"),
        "partner_id": id_sql(database, PARTNER, f"(n - 1) / {CLIENTS} + 1"),
        "name": "'Client ' || n",
        "name_key": "'client ' || n",
        "domain": "'c' || n || '.example'",
        "domain_shared": "FALSE",
        "employee_count": "20",
        "bracket_id": f"'{_BRACKET}'",
        "size_source": "'COUNTED'",
        "status": "'ACTIVE'",
        "plan_id": f"'{_PLAN}'",
        "created_at": _LONG_AGO,
    }


def _subscription(database: Database, price: Price) -> dict[str, str]:
    cast = f"CAST('{price.id}' AS uuid)" if database.dialect == "postgres" else f"'{price.id}'"
    return {
        "id": id_sql(database, SUBSCRIPTION, "n"),
        "partner_id": id_sql(database, PARTNER, f"(n - 1) / {CLIENTS} + 1"),
        "client_id": id_sql(database, CLIENT, "n"),
        "plan_id": f"'{_PLAN}'",
        "former_plan_id": "'FREE'",
        "bracket_id": f"'{_BRACKET}'",
        "price_id": cast,
        "status": "'ACTIVE'",
        "payer": f"CASE WHEN ((n - 1) / {CLIENTS} + 1) % 2 = 0 THEN 'PARTNER' ELSE 'CLIENT' END",
        "interval": "'MONTH'",
        "currency_code": f"'{_CURRENCY}'",
        "amount_minor": str(price.amount_minor),
        "started_at": _LONG_AGO,
        "billing_starts_at": _LONG_AGO,
        "due_at": _START,
        "referral_rate": "0.2" if database.dialect == "postgres" else "'0.200000'",
        "referral_rate_source": "'OVERRIDE'",
    }


async def _write(database: Database, table: str, count: int, row: dict[str, str]) -> None:
    names = {"table": table, "columns": ", ".join(row), "values": ", ".join(row.values())}
    sql = INSERT.format(**names, first=1, last=count)
    if database.dialect == "postgres":
        # Every reference is right by construction: looking each one up takes as long as writing.
        sql = f"SET session_replication_role = replica; {sql}; RESET session_replication_role"
    await get_connection(WRITER).execute_script(sql)
