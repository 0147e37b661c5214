"""Reports on money, by SQL, beside plain Python over the same rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from app.domain.errors import ErrorCode, Refused
from app.domain.ids import new_id
from app.domain.plans import BillingInterval
from app.domain.receivables import Age
from app.domain.revenue import Month, Revenue, monthly
from app.persistence.models import (
    Accrual,
    Invoice,
    InvoiceLine,
    Partner,
    Payment,
    Subscription,
    SubscriptionTerm,
    Trial,
)
from app.services.reports.receivables import PartnerReceivables, receivables_report
from app.services.reports.revenue import RevenueReport, revenue_report
from app.services.reports.tables import receivables_csv, revenue_csv
from tests.billing import another_client, credited, licence, recognised, set_policy, term
from tests.contract.recorded_sql import statements
from tests.world import Team, World

# The first of March in Berlin.
MARCH = datetime(2026, 2, 28, 23, tzinfo=UTC)
STARTS = [
    datetime(2025, 11, 30, 23, tzinfo=UTC),
    datetime(2025, 12, 31, 23, tzinfo=UTC),
    datetime(2026, 1, 31, 23, tzinfo=UTC),
    MARCH,
    datetime(2026, 3, 31, 22, tzinfo=UTC),
]


async def report(
    world: World, first: str | None = "2026-01", last: str | None = "2026-03", partner: Any = None
) -> RevenueReport:
    caller = world.caller(world.as_vendor())
    return await revenue_report(caller, first, last, partner and partner.id)


async def fill(world: World, seed: int, each: int = 16) -> None:
    """Licences of two partners: monthly and yearly, in two currencies, some cancelled, some tried.

    What a month is charged may change from one to the next.
    """
    random = Random(seed)
    await set_policy(effective_from=datetime(2020, 1, 1, tzinfo=UTC))
    for team in (world.acme, world.rival):
        await Partner.filter(id=team.partner.id).update(referral_rate="0.2")
        for number in range(each):
            await one_licence(world, team, number, random)
    world.clock.at = STARTS[4]  # type: ignore[attr-defined]


async def one_licence(world: World, team: Team, number: int, random: Random) -> None:
    client = await another_client(team, f"Client {number}")
    interval = random.choice(["MONTH", "YEAR"])
    first = random.randrange(4)
    tried = random.random() < 0.5
    starts_at = STARTS[first]
    running = await licence(
        team,
        client,
        interval=interval,
        currency_code=random.choice(["USD", "EUR"]),
        payer=random.choice(["CLIENT", "PARTNER"]),
        started_at=starts_at - timedelta(days=14) if tried else starts_at,
        billing_starts_at=starts_at,
    )
    if tried:
        await Trial.create(
            partner_id=team.partner.id,
            client_id=client.id,
            plan_id="FULL_FEATURE",
            former_plan_id="FREE",
            started_at=running.started_at,
            ends_at=starts_at,
        )
    if tried and random.random() < 0.3:
        return await cancel(running, starts_at - timedelta(days=3))
    last = first if interval == "YEAR" else random.randrange(first, 4)
    for month in range(first, last + 1):
        ends_at = starts_at + timedelta(days=365) if interval == "YEAR" else STARTS[month + 1]
        minor = random.choice([20_000, 20_000, 30_001, 50_006])
        charge = await term(
            running, STARTS[month], ends_at=ends_at, full_amount_minor=minor, amount_minor=minor
        )
        world.clock.at = STARTS[month] + timedelta(days=2)  # type: ignore[attr-defined]
        invoice, [line] = await recognised(world, team, charge)
        if random.random() < 0.2:
            await credited(world, line, random.choice([minor, 700]))
        elif random.random() < 0.1:
            await Invoice.filter(id=invoice.id).update(status="VOID", voided_at=world.clock.now())
    if random.random() < 0.3:
        await cancel(running, STARTS[last] + timedelta(days=random.choice([3, 20])))
    elif interval == "MONTH" and last < 3:
        await cancel(running, STARTS[last + 1])
    return None


async def cancel(subscription: Subscription, at: datetime) -> None:
    await Subscription.filter(id=subscription.id).update(status="CANCELLED", cancelled_at=at)


async def in_python(months: Sequence[Month], partner_id: Any = None) -> list[Revenue]:
    """The same report from all rows, one by one."""
    mine: dict[str, Any] = {"partner_id": partner_id} if partner_id else {}
    terms = await SubscriptionTerm.filter(**mine).select_related("subscription")
    trials = await Trial.filter(**mine)
    lines = await InvoiceLine.filter(**mine).select_related("invoice", "credits")
    accruals = await Accrual.filter(**mine).exclude(status="REVERSED")
    tried = {row.client_id: row for row in await Subscription.filter(**mine)}
    currencies = {row.currency_code for row in [*terms, *lines, *accruals]}

    def recurring(currency: str, at: datetime) -> tuple[Counter[Any], int]:
        found: Counter[Any] = Counter()
        arr = 0
        for row in terms:
            ended = row.subscription.cancelled_at
            runs = row.starts_at < at <= row.ends_at and (ended is None or ended >= at)
            if runs and row.currency_code == currency:
                found[row.client_id] += monthly(
                    row.full_amount_minor, BillingInterval(row.interval)
                )
                arr += row.full_amount_minor * (12 if row.interval == "MONTH" else 1)
        return found, arr

    told = []
    for month in months:
        for currency in sorted(currencies):
            before, _ = recurring(currency, month.low)
            after, arr = recurring(currency, month.high)
            changes = {id: after[id] - before[id] for id in before.keys() | after.keys()}
            kept = {id: change for id, change in changes.items() if before[id] and after[id]}
            kinds: Counter[str] = Counter()
            for line in lines:
                issued = line.invoice.issued_at
                counts = line.currency_code == currency and line.invoice.status != "VOID"
                if counts and month.low <= issued < month.high:
                    kinds[(line.credits or line).kind] += line.amount_minor
            trial: Counter[str] = Counter()
            for each in trials:
                of = tried[each.client_id]
                if of.currency_code != currency:
                    continue
                cancelled = of.cancelled_at if of.status == "CANCELLED" else None
                lost = cancelled is not None and cancelled < each.ends_at
                trial["started"] += month.low <= each.started_at < month.high
                if lost:
                    trial["cancelled"] += month.low <= cancelled < month.high
                else:
                    trial["converted"] += month.low <= each.ends_at < month.high
            told.append(
                Revenue(
                    month.period,
                    currency,
                    starting_mrr=sum(before.values()),
                    new_mrr=sum(after[id] for id in after if not before[id]),
                    expansion_mrr=sum(change for change in kept.values() if change > 0),
                    contraction_mrr=-sum(change for change in kept.values() if change < 0),
                    churned_mrr=sum(before[id] for id in before if not after[id]),
                    mrr=sum(after.values()),
                    arr=arr,
                    starting_clients=len(+before),
                    new_clients=sum(not before[id] for id in after),
                    churned_clients=sum(not after[id] for id in before),
                    clients=len(+after),
                    trials_started=trial["started"],
                    trials_converted=trial["converted"],
                    trials_cancelled=trial["cancelled"],
                    partner_income=sum(
                        row.amount_minor
                        for row in accruals
                        if row.currency_code == currency
                        and month.low <= row.accrued_at < month.high
                    ),
                    recognised=dict(kinds),
                )
            )
    return told


@pytest.mark.parametrize("seed", [1, 2])
async def test_revenue_by_sql_is_that_of_plain_python(world: World, seed: int) -> None:
    await fill(world, seed)
    found = await report(world, "2025-12")
    assert [month.period for month in found.months] == ["2025-12", "2026-01", "2026-02", "2026-03"]
    assert list(found.lines) == await in_python(found.months)
    mine = await report(world, "2026-02", partner=world.acme.partner)
    assert list(mine.lines) == await in_python(mine.months, world.acme.partner.id)
    for line in found.lines:
        assert line.mrr == (
            line.starting_mrr
            + line.new_mrr
            + line.expansion_mrr
            - line.contraction_mrr
            - line.churned_mrr
        )
        assert line.clients == line.starting_clients + line.new_clients - line.churned_clients
    # The rows are such that every number is there somewhere.
    for name in Revenue.__slots__:
        assert any(getattr(line, name) for line in found.lines), name


async def test_a_month_in_numbers(world: World) -> None:
    """One client stays, one comes at a yearly price, one leaves: all at once."""
    clock: Any = world.clock
    stays = await licence(world.acme, await another_client(world.acme, "Stays"))
    leaves = await licence(world.acme, await another_client(world.acme, "Leaves"))
    for running in (stays, leaves):
        await term(running, STARTS[2], ends_at=MARCH)
    await term(stays, MARCH, ends_at=STARTS[4], full_amount_minor=25_000)
    await cancel(leaves, MARCH)
    comes = await licence(
        world.acme, await another_client(world.acme, "Comes"), interval="YEAR", started_at=MARCH
    )
    await term(comes, MARCH, ends_at=MARCH + timedelta(days=365), full_amount_minor=100_006)
    clock.at = STARTS[4]
    [line] = (await report(world, "2026-03")).lines
    # 1,000.06 a year is 83.3383 a month.
    assert (line.starting_mrr, line.mrr, line.arr) == (40_000, 33_334, 400_006)
    assert (line.new_mrr, line.expansion_mrr, line.churned_mrr) == (8_334, 5_000, 20_000)
    assert (line.starting_clients, line.clients) == (2, 2)
    assert str(line.mrr_churn_rate) == "0.500000"
    assert str(line.client_churn_rate) == "0.500000"
    assert line.trial_conversion_rate is None
    header, row = [text async for text in revenue_csv(await report(world, "2026-03"))]
    assert header.startswith("period,currency,starting_mrr,")
    assert row.startswith("2026-03,USD,400.00,83.34,50.00,0.00,200.00,333.34,4000.06,0.00,2,1,1,2,")


async def test_the_running_month_is_as_of_now(world: World) -> None:
    clock: Any = world.clock
    running = await licence(world.acme, started_at=STARTS[2])
    await term(running, STARTS[2], ends_at=MARCH)
    await term(running, MARCH, ends_at=STARTS[4])
    clock.at = MARCH
    found = await report(world, None, None)
    assert len(found.months) == 12
    assert [line.mrr for line in found.lines[-2:]] == [20_000, 20_000]


@pytest.mark.parametrize(
    ("first", "last", "code", "field"),
    [
        ("2026-13", None, ErrorCode.INVALID, "from"),
        (None, "March", ErrorCode.INVALID, "to"),
        ("2026-03", "2026-02", ErrorCode.INVALID, "from"),
        ("2020-01", "2026-02", ErrorCode.INVALID, "from"),
        (None, "2026-04", ErrorCode.PERIOD_NOT_STARTED, "to"),
        ("0000-01", None, ErrorCode.INVALID, "from"),
        (None, "0001-01", ErrorCode.INVALID, "to"),
    ],
)
async def test_months_that_are_refused(
    world: World, first: str | None, last: str | None, code: ErrorCode, field: str
) -> None:
    with pytest.raises(Refused) as caught:
        await report(world, first, last)
    assert [(each.code, each.field) for each in caught.value.problems] == [(code, (field,))]


async def test_partners_that_there_are_not(world: World) -> None:
    caller = world.caller(world.as_vendor())
    for call in (
        revenue_report(caller, None, None, new_id()),
        receivables_report(caller, None, new_id()),
    ):
        with pytest.raises(Refused, match="no such partner"):
            await call


DAY = timedelta(days=1)


async def owe(world: World, team: Team, minor: int, due: datetime, **changes: Any) -> Invoice:
    return await Invoice.create(
        partner_id=team.partner.id,
        **{
            "status": "ISSUED",
            "number": 1 + await Invoice.all().count(),
            "period": "2026-01",
            "currency_code": "USD",
            "subtotal_minor": minor,
            "total_minor": minor,
            "created_at": due - 30 * DAY,
            "issued_at": due - 30 * DAY,
            "due_at": due,
            **changes,
        },
    )


async def pays(invoice: Invoice, minor: int, at: datetime) -> None:
    await Payment.create(
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        kind="BANK_TRANSFER",
        reference=f"{at}",
        amount_minor=minor,
        currency_code=invoice.currency_code,
        received_at=at,
        recorded_at=at,
    )


async def aged(world: World, as_of: datetime | None = None) -> dict[str, list[list[int]]]:
    found = await receivables_report(world.caller(world.as_vendor()), as_of, None)
    return {
        row.slug: [[amount.by_age[age] for age in Age] for amount in row.amounts]
        for row in await found.page(None, 10)
    }


async def test_receivables_by_age(world: World) -> None:
    now = world.clock.now()
    for days, minor in ((0, 1), (1, 10), (30, 100), (31, 1_000), (90, 10_000), (91, 100_000)):
        await owe(world, world.acme, minor, now - days * DAY)
    assert await aged(world) == {"acme": [[1, 110, 1_000, 10_000, 100_000]]}


async def test_receivables_as_of_a_day(world: World) -> None:
    now = world.clock.now()
    paid = await owe(world, world.acme, 500, now - 40 * DAY)
    await pays(paid, 200, now - 20 * DAY)
    await pays(paid, 300, now - 5 * DAY)
    void = await owe(
        world, world.acme, 900, now - 40 * DAY, status="VOID", voided_at=now - 10 * DAY
    )
    euros = await owe(world, world.rival, 70, now + DAY, currency_code="EUR")
    await owe(
        world,
        world.rival,
        -30,
        now,
        kind="CREDIT_NOTE",
        corrects_id=euros.id,
        currency_code="EUR",
        issued_at=now - 3 * DAY,
        due_at=None,
    )
    assert void.status == "VOID"
    assert await aged(world) == {"rival": [[40, 0, 0, 0, 0]]}
    assert await aged(world, now - 7 * DAY) == {
        "acme": [[0, 0, 300, 0, 0]],
        "rival": [[70, 0, 0, 0, 0]],
    }
    assert await aged(world, now - 15 * DAY) == {
        "acme": [[0, 1_200, 0, 0, 0]],
        "rival": [[70, 0, 0, 0, 0]],
    }
    found = await receivables_report(world.caller(world.as_vendor()), now - 7 * DAY, None)
    assert [(each.currency, each.total) for each in await found.totals()] == [
        ("EUR", 70),
        ("USD", 300),
    ]
    mine = await receivables_report(
        world.caller(world.as_vendor()), now - 7 * DAY, world.acme.partner.id
    )
    assert [row.slug for row in await mine.page(None, 9)] == ["acme"]
    assert [each.currency for each in await mine.totals()] == ["USD"]
    header, lines = [text async for text in receivables_csv(mine)]
    assert header.strip().split(",")[-2:] == ["days_over_90", "total"]
    assert (
        lines == "Acme Advisory,acme,2026-02-23T09:30:00Z,USD,1,0.00,0.00,3.00,0.00,0.00,3.00\r\n"
    )


async def test_pages_of_receivables(world: World) -> None:
    now = world.clock.now()
    for team in (world.acme, world.rival):
        await owe(world, team, 100, now)
    found = await receivables_report(world.caller(world.as_vendor()), None, None)
    first: list[PartnerReceivables] = await found.page(None, 1)
    second = await found.page(first[0].partner_id, 1)
    assert {first[0].slug, second[0].slug} == {"acme", "rival"}
    assert await found.page(second[0].partner_id, 1) == []


async def test_statements_do_not_grow_with_partners_and_months(world: World) -> None:
    caller = world.caller(world.as_vendor())
    counts = []
    for months, each in (("2026-03", 0), ("2024-01", 4)):
        await fill(world, 3, each)
        with statements() as sent:
            await report(world, months)
            found = await receivables_report(caller, None, None)
            await found.page(None, 50)
        counts.append(len(sent))
    # Without anybody who owes something there is nothing to add up.
    assert counts == [counts[0], counts[0] + 1]
