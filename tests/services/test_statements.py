"""What partners earned is approved, put on a statement, and paid out; credits are set off."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.errors import ErrorCode
from app.domain.ids import new_id
from app.persistence.models import Accrual, InvoiceLine, Partner, Statement
from app.services.income.approve_accruals import ApproveAccruals, approve_accruals
from app.services.income.create_statement import CreateStatement, create_statement
from app.services.income.record_payout import RecordPayout, record_payout
from tests.billing import MARCH, MONTH, credited, licence, recognised, set_policy, term
from tests.refusals import audited, refused, told
from tests.world import World


@pytest.fixture
async def lines(world: World) -> list[InvoiceLine]:
    """Two charges of 200.00 USD in one contract, at an agreed quarter; the second a day later."""
    await set_policy()
    await Partner.filter(id=world.acme.partner.id).update(referral_rate="0.25")
    running, found = await licence(world.acme), []
    for at in (MARCH, MARCH + MONTH):
        _, [line] = await recognised(world, world.acme, await term(running, at))
        found.append(line)
        world.clock.advance(days=1)  # type: ignore[attr-defined]
    return found


async def approve(world: World, **changes: Any) -> Mapping[str, UUID]:
    given = {"up_to": world.clock.now()} if "ids" not in changes else {}
    values = {"partner_id": world.acme.partner.id, **given, **changes}
    input = ApproveAccruals(str(uuid4()), **values)
    return await approve_accruals(world.caller(world.as_vendor()), input)


async def make_statement(world: World, **changes: Any) -> Statement:
    values = {"partner_id": world.acme.partner.id, "currency_code": "USD", **changes}
    input = CreateStatement(str(uuid4()), **values)
    ids = await create_statement(world.caller(world.as_vendor()), input)
    return await Statement.get(id=ids["statement"])


async def pay(world: World, statement: Statement, **changes: Any) -> Statement:
    values = {"statement_id": statement.id, "reference": "SEPA 77", **changes}
    input = RecordPayout(str(uuid4()), **values)
    ids = await record_payout(world.caller(world.as_vendor()), input)
    return await Statement.get(id=ids["statement"])


async def pay_out(world: World) -> Statement:
    return await pay(world, await make_statement(world))


async def states() -> list[str]:
    return await Accrual.all().order_by("id").values_list("status", flat=True)  # type: ignore[return-value]


async def test_from_approval_to_payout(world: World, lines: list[InvoiceLine]) -> None:
    await approve(world, up_to=world.clock.now() - timedelta(days=2))
    assert await states() == ["APPROVED", "PENDING"]
    statement = await make_statement(world)
    assert (statement.number, statement.total_minor, statement.status) == (1, 5_000, "ISSUED")
    world.clock.advance(hours=5)  # type: ignore[attr-defined]
    paid = await pay(world, statement, paid_at=world.clock.now() - timedelta(hours=1))
    assert (paid.status, paid.reference) == ("PAID", "SEPA 77")
    first = await Accrual.get(statement_id=statement.id)
    assert (first.status, first.paid_at) == ("PAID", paid.paid_at)
    assert await states() == ["PAID", "PENDING"]
    for type, data in {
        "INCOME_APPROVED": {"accruals": 1},
        "STATEMENT_ISSUED": {"number": "ST-000001"},
        "STATEMENT_PAID": {"number": "ST-000001"},
    }.items():
        [event] = await told(type)
        assert (event.data, event.partner_id) == (data, world.acme.partner.id)
    for action in ("approveAccruals", "createStatement", "recordPayout"):
        assert len(await audited(action)) == 1


async def test_numbers_have_no_gaps(world: World, lines: list[InvoiceLine]) -> None:
    async with refused(ErrorCode.NOTHING_TO_PAY, "partnerId"):
        await make_statement(world)
    ids = await Accrual.all().order_by("id").values_list("id", flat=True)
    numbers = []
    for id in ids:
        await approve(world, ids=(id,))
        numbers.append((await make_statement(world)).number)
    assert numbers == [1, 2]


async def test_the_same_call_again_is_the_same_statement(
    world: World, lines: list[InvoiceLine]
) -> None:
    await approve(world)
    input = CreateStatement("the key", world.acme.partner.id, "USD")
    caller = world.caller(world.as_vendor())
    assert await create_statement(caller, input) == await create_statement(caller, input)
    assert await Statement.all().count() == 1


async def test_a_credit_before_the_statement_is_set_off(
    world: World, lines: list[InvoiceLine]
) -> None:
    await credited(world, lines[0], 4_000)
    # By the id of what was earned: what was taken of it goes along.
    await approve(world, ids=((await Accrual.get(line_id=lines[0].id)).id,))
    await credited(world, lines[0], 4_000)
    statement = await make_statement(world)
    assert statement.total_minor == 3_000
    assert await Accrual.filter(statement_id=statement.id).count() == 3


async def test_a_credit_after_the_payout_is_set_off_by_the_next_statement(
    world: World, lines: list[InvoiceLine]
) -> None:
    await approve(world, ids=((await Accrual.get(line_id=lines[0].id)).id,))
    await pay_out(world)
    credit = await credited(world, lines[0], 20_000)
    assert (await Accrual.get(line_id=lines[0].id)).status == "PAID"
    taken = await Accrual.get(line_id=credit.id)
    assert (taken.amount_minor, taken.status) == (-5_000, "APPROVED")
    # Nothing is owed: what is to be paid back waits for what comes.
    async with refused(ErrorCode.NOTHING_TO_PAY, "partnerId"):
        await make_statement(world)
    await approve(world)
    async with refused(ErrorCode.NOTHING_TO_PAY, "partnerId"):
        await make_statement(world)


async def test_a_credit_between_statement_and_payout(
    world: World, lines: list[InvoiceLine]
) -> None:
    await approve(world)
    statement = await make_statement(world)
    await credited(world, lines[0], 20_000)
    # What is on a statement stays on it.
    assert await states() == ["APPROVED", "APPROVED", "APPROVED"]
    assert (await pay(world, statement)).total_minor == 10_000
    assert await states() == ["PAID", "PAID", "APPROVED"]


Call = Callable[[World, list[InvoiceLine]], Awaitable[Any]]


async def _approve_paid(world: World, lines: list[InvoiceLine]) -> Any:
    return await approve(world, ids=((await Accrual.get(line_id=lines[0].id)).id,))


async def _pay_early(world: World, _: list[InvoiceLine]) -> Any:
    return await pay(world, await Statement.get(), paid_at=MARCH)


@pytest.mark.parametrize(
    ("code", "field", "call"),
    [
        (ErrorCode.INVALID, ("upTo",), lambda w, _: approve(w, ids=(new_id(),), up_to=MARCH)),
        (ErrorCode.INVALID, ("ids",), lambda w, _: approve(w, ids=())),
        (ErrorCode.NOT_FOUND, ("ids", "0"), lambda w, _: approve(w, ids=(new_id(),))),
        (ErrorCode.WRONG_STATE, ("ids", "0"), _approve_paid),
        (ErrorCode.ALREADY_DONE, ("upTo",), lambda w, _: approve(w)),
        (ErrorCode.NOT_FOUND, ("partnerId",), lambda w, _: approve(w, partner_id=new_id())),
        (
            ErrorCode.INVALID,
            ("currencyCode",),
            lambda w, _: make_statement(w, currency_code="XXX"),
        ),
        (
            ErrorCode.NOTHING_TO_PAY,
            ("partnerId",),
            lambda w, _: make_statement(w, currency_code="EUR"),
        ),
        (ErrorCode.INVALID, ("paidAt",), _pay_early),
    ],
)
async def test_refusals(
    world: World, lines: list[InvoiceLine], code: ErrorCode, field: tuple[str, ...], call: Call
) -> None:
    await approve(world)
    await make_statement(world)
    async with refused(code, *field):
        await call(world, lines)


async def test_a_payout_is_recorded_once(world: World, lines: list[InvoiceLine]) -> None:
    await approve(world)
    statement = await make_statement(world)
    async with refused(ErrorCode.REQUIRED, "reference"):
        await pay(world, statement, reference=" ")
    await pay(world, statement)
    async with refused(ErrorCode.ALREADY_DONE, "statementId"):
        await pay(world, statement)
