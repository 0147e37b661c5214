"""Credited and voided charges: what a partner earned by them goes, in full or in part."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.income import AccrualStatus, amount_to_reverse
from app.domain.money import Money
from app.persistence.models import Accrual, Invoice, InvoiceLine
from app.services.income.sales_facts import external_id, note_records, take_back_sold
from app.services.use_case import Caller

_APPROVED = (AccrualStatus.APPROVED, AccrualStatus.PAID)


async def take_back(
    caller: Caller, credit_note: Invoice, credited_lines: Sequence[InvoiceLine], at: datetime
) -> None:
    """A credit note was issued, with these lines, which are written: take back what they earned.

    An accrual that is on no statement becomes REVERSED if all of its charge is credited at once.
    Otherwise it gets a negative accrual beside it, approved if it is itself, that the next
    statement sets off: what stays is the rate of what stays charged. Facts are reversed as well.
    """
    wanted = [line.credits_id for line in credited_lines]
    originals = {line.id: line async for line in InvoiceLine.filter(id__in=wanted)}
    await _take_back_accruals(credited_lines, at)
    taken = [
        (originals[_original(line)], Money(-line.amount_minor, line.currency_code))
        for line in credited_lines
    ]
    reason = credit_note.reason or "Credited"
    names = [external_id(line.id) for line in credited_lines]
    await take_back_sold(caller, taken, names, reason, at)
    await note_records(caller, credited_lines)


async def unrecognise(caller: Caller, invoice: Invoice, at: datetime) -> None:
    """An invoice was voided: all that it earned is reversed.

    Raises Refused with WRONG_STATE if some of it is on a statement already: a credit note takes it
    back then.
    """
    lines = await InvoiceLine.filter(invoice_id=invoice.id)
    accruals = Accrual.filter(line_id__in=[line.id for line in lines])
    if await accruals.filter(statement_id__isnull=False).exists():
        message = (
            "What the partner earned by this invoice is on a statement. Credit the invoice instead:"
            " the next statement sets it off."
        )
        raise refuse(ErrorCode.WRONG_STATE, message, "invoiceId")
    await accruals.update(status=AccrualStatus.REVERSED, reversed_at=at)
    taken = [(line, Money(line.amount_minor, line.currency_code)) for line in lines]
    names = [f"{external_id(line.id)}:void" for line in lines]
    await take_back_sold(caller, taken, names, "The invoice was voided.", at)


async def _take_back_accruals(credited: Sequence[InvoiceLine], at: datetime) -> None:
    originals = {_original(line) for line in credited}
    earned: dict[UUID, list[Accrual]] = {}
    accruals = Accrual.filter(line_id__in=originals).exclude(status=AccrualStatus.REVERSED)
    async for row in accruals:
        earned.setdefault(row.line_id, []).append(row)
    left = await _left(row for rows in earned.values() for row in rows)
    before = await _credited_before(originals, credited)
    reversed, made = [], []
    for line in credited:
        before[_original(line)] -= line.amount_minor
        for row in earned.get(_original(line), ()):
            minor = amount_to_reverse(row.base_minor, row.rate, before[row.line_id], left[row.id])
            if _may_end(row, line, left[row.id]):
                reversed.append(row.id)
            else:
                made.append(_negative(row, line, minor, at))
            left[row.id] -= minor
    if reversed:
        ended = {"status": AccrualStatus.REVERSED, "reversed_at": at}
        await Accrual.filter(id__in=reversed).update(**ended)
    await Accrual.bulk_create(made)


async def _left(earned: Iterable[Accrual]) -> Counter[UUID]:
    """What is left of accruals after what was taken back before, by their ids."""
    left = Counter({row.id: row.amount_minor for row in earned})
    taken = Accrual.filter(reverses_id__in=list(left))
    for id, minor in await taken.values_list("reverses_id", "amount_minor"):
        left[id] += minor
    return left


async def _credited_before(lines: Iterable[UUID], now: Sequence[InvoiceLine]) -> Counter[UUID]:
    """What was credited of lines by others than those of now, by their ids."""
    before: Counter[UUID] = Counter()
    found = InvoiceLine.filter(credits_id__in=list(lines))
    mine = {line.id for line in now}
    for id, credits, minor in await found.values_list("id", "credits_id", "amount_minor"):
        if id not in mine:
            before[credits] -= minor
    return before


def _may_end(row: Accrual, line: InvoiceLine, left: int) -> bool:
    """Whether an accrual ends as a whole: nothing of it was taken or put on a statement before."""
    whole = row.base_minor == -line.amount_minor and row.amount_minor == left
    return whole and row.statement_id is None


def _negative(row: Accrual, line: InvoiceLine, minor: int, at: datetime) -> Accrual:
    approved = row.status in _APPROVED
    return Accrual(
        partner_id=row.partner_id,
        client_id=row.client_id,
        line_id=line.id,
        kind=row.kind,
        status=AccrualStatus.APPROVED if approved else AccrualStatus.PENDING,
        currency_code=row.currency_code,
        base_minor=line.amount_minor,
        rate=row.rate,
        amount_minor=-minor,
        rate_source=row.rate_source,
        program_key=row.program_key,
        tier_key=row.tier_key,
        accrued_at=at,
        approved_at=at if approved else None,
        reverses_id=row.id,
    )


def _original(line: InvoiceLine) -> UUID:
    assert line.credits_id is not None, "a line of a credit note takes another back"
    return line.credits_id
