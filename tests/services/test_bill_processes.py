"""`python -m app bill` as processes: killed half way, and several at once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.ids import new_id
from app.persistence.database import Database
from app.persistence.models import (
    Accrual,
    ActivityRecord,
    Advisor,
    BillingRun,
    Client,
    Event,
    Invoice,
    InvoiceLine,
    Partner,
    Price,
    PriceBook,
    Subscription,
    Vendor,
)
from app.services.billing.import_catalogue import import_catalogue, shipped_catalogue
from tests.commands import Commands
from tests.subprocesses import Apart, count_rows

ROOT = Path(__file__).parents[2]
PARTNERS = 60
PERIOD = "2026-01"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 10, tzinfo=UTC)


async def fill(url: str) -> None:
    """Partners with an advisor and a client each, nothing billed yet."""
    database = Database(url)
    await database.open()
    await database.transaction(_rows)
    await database.close()


async def _rows() -> None:
    await Vendor.create(
        name="Northwind",
        address={"country": "US"},
        home_currency="USD",
        time_zone="UTC",
        created_at=LONG_AGO,
    )
    await import_catalogue(shipped_catalogue(UTC), at=LONG_AGO)
    await PriceBook.all().update(advisor_fee_minor=2_500)
    price = await Price.get(
        price_book__currency_code="USD", bracket_id="11-50", plan_id="FULL_FEATURE", interval="YEAR"
    )
    partners = [_partner(number) for number in range(PARTNERS)]
    clients = [_client(partner) for partner in partners]
    await Partner.bulk_create(partners)
    await Advisor.bulk_create([_advisor(partner) for partner in partners])
    await Client.bulk_create(clients)
    await Subscription.bulk_create([_subscription(client, price) for client in clients])


def _partner(number: int) -> Partner:
    return Partner(
        id=new_id(),
        name=f"Partner {number}",
        name_key=f"partner {number}",
        slug=f"partner-{number}",
        type="MSP",
        status="ACTIVE",
        currency_code="USD",
        billing_model="RESELLER" if number % 2 else "NON_RESELLER",
        payment_method="CARD",
        referral_rate="0.2",
        created_at=LONG_AGO,
    )


def _advisor(partner: Partner) -> Advisor:
    return Advisor(
        partner_id=partner.id,
        name="Ada",
        name_key="ada",
        email="ada@example.com",
        role="ADVISOR",
        status="ACTIVE",
        active_from=LONG_AGO,
        created_at=LONG_AGO,
    )


def _client(partner: Partner) -> Client:
    return Client(
        id=new_id(),
        partner_id=partner.id,
        name=f"Client of {partner.name}",
        name_key=f"client of {partner.name_key}",
        domain=f"{partner.slug}.example",
        bracket_id="11-50",
        size_source="DECLARED",
        plan_id="FULL_FEATURE",
        created_at=START,
    )


def _subscription(client: Client, price: Price) -> Subscription:
    return Subscription(
        partner_id=client.partner_id,
        client_id=client.id,
        plan_id="FULL_FEATURE",
        bracket_id="11-50",
        price_id=price.id,
        status="ACTIVE",
        payer="PARTNER",
        interval="YEAR",
        currency_code="USD",
        amount_minor=price.amount_minor,
        started_at=START,
        billing_starts_at=START,
        former_plan_id="FREE",
        due_at=START,
    )


async def outcome(url: str) -> dict[str, Any]:
    """What is in the database now."""
    database = Database(url)
    await database.open()
    try:
        invoices = await Invoice.all().order_by("number")
        runs = await BillingRun.all().order_by("started_at")
        return {
            "numbers": [invoice.number for invoice in invoices],
            "states": Counter(invoice.status for invoice in invoices),
            "lines": Counter(line.kind for line in await InvoiceLine.all()),
            "issued": await Event.filter(type="INVOICE_ISSUED").count(),
            "completed": await Event.filter(type="BILLING_COMPLETED").count(),
            "facts": await ActivityRecord.all().count(),
            "accruals": await Accrual.all().count(),
            "runs": [
                (run.completed_at is not None, run.partner_count, run.invoice_count, run.line_count)
                for run in runs
            ],
        }
    finally:
        await database.close()


# A partner that resells gets one invoice; else one for it and one for its client.
INVOICES = PARTNERS // 2 + 2 * (PARTNERS - PARTNERS // 2)


def check(found: dict[str, Any]) -> None:
    """Everything was billed once, in the run that was resumed.

    A process that starts after the others have finished records an empty run of its own.
    """
    assert found["numbers"] == list(range(1, INVOICES + 1))
    assert found["states"] == {"ISSUED": INVOICES}
    assert found["lines"] == {"SUBSCRIPTION": PARTNERS, "ADVISOR_FEE": PARTNERS}
    assert (found["issued"], found["completed"]) == (INVOICES, len(found["runs"]))
    assert (found["facts"], found["accruals"]) == (PARTNERS, PARTNERS)
    resumed, *later = found["runs"]
    assert resumed == (True, PARTNERS, INVOICES, 2 * PARTNERS)
    assert set(later) <= {(True, 0, 0, 0)}


async def start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app", "bill", "--period", PERIOD),
        cwd=ROOT,
        env={**os.environ, "PARTNERGRAPH_DATABASE_URL": url, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process) -> str:
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_a_run_that_was_killed_is_gone_on_with(apart: Apart, url: str) -> None:
    """On PostgreSQL by two processes at once."""
    await apart(fill, url)
    killed = await start(url)
    while not await count_rows(url, "invoice"):
        assert killed.returncode is None
        # Another process has no way to tell this one.
        await asyncio.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    await killed.communicate()
    assert 0 < await count_rows(url, "invoice") < INVOICES

    several = 1 if url.startswith("sqlite") else 2
    told = await asyncio.gather(*[finish(await start(url)) for _ in range(several)])
    check(await apart(outcome, url))
    assert f"{INVOICES} invoices issued, {2 * PARTNERS} lines, {PARTNERS} partners." in told[0]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_command_says_what_it_would_do_and_what_is_wrong(
    apart: Apart, url: str, commands: Commands
) -> None:
    await apart(fill, url)

    def bill(*arguments: str, code: int = 0) -> str:
        settings = {"PARTNERGRAPH_DATABASE_URL": url, "COLUMNS": "120"}
        ended = commands.run("bill", *arguments, **settings)
        assert ended.code == code, ended.err
        return ended.out or ended.err

    dry = bill("--period", PERIOD, "--dry-run")
    assert f"{INVOICES} invoices, {2 * PARTNERS} lines: " in dry
    assert "Nothing was written." in dry and "Partner 1 " in dry
    assert await count_rows(url, "invoice") == 0

    one = bill("--period", PERIOD, "--partner", "partner-0")
    # It refers: one for itself, one for its client.
    assert "Partner 0" in one and "Client of Partner 0" in one
    assert await count_rows(url, "invoice") == 2
    again = bill("--period", PERIOD, "--partner", "partner-0", "--dry-run")
    assert "0 invoices, 0 lines: nothing." in again

    assert "There is no partner with the slug nobody." in bill(
        "--period", PERIOD, "--partner", "nobody", code=1
    )
    assert "Give a month such as 2026-11." in bill("--period", "2026", code=1)
    assert "lies in the future" in bill("--period", "2190-01", code=1)
