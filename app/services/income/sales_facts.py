"""Recognised subscription charges as facts of their partners: sold ARR, told and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.activity import NewActivity, digest
from app.domain.money import Money
from app.domain.plans import Payer
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.domain.reversals import reversal, reversal_digest
from app.persistence.database import WRITER
from app.persistence.models import ActivityRecord, InvoiceLine
from app.persistence.sql import bind, in_list
from app.services.activity.reversals import left_of, told
from app.services.activity.store import Fact, store
from app.services.use_case import Caller

# The record of a line has the line's id in its external id.
_NOTE = """
    UPDATE invoice_line SET activity_record_id = (
        SELECT a.id FROM activity_record a WHERE a.partner_id = invoice_line.partner_id
        AND a.external_id = 'invoice-line:' || CAST(invoice_line.id AS text))
    WHERE {lines}
"""
_MOTIONS = {Payer.PARTNER: SaleMotion.RESALE, Payer.CLIENT: SaleMotion.REFERRAL}


def external_id(line_id: UUID) -> str:
    """Under which a partner has the record of a line."""
    return f"invoice-line:{line_id}"


async def tell_sold(
    caller: Caller, charges: Sequence[InvoiceLine], payers: Mapping[UUID, str], at: datetime
) -> None:
    """Record these subscription charges of one partner as sold, inside the open unit of work.

    Who pays, by line, says how the partner took part: it resold, or referred (S0). Each line keeps
    its record.
    """
    facts = [_fact(line, Payer(payers[line.id]), at) for line in charges]
    stored = await store(caller, facts, {line.partner_id for line in charges}, at)
    for line, record in zip(charges, stored, strict=True):
        line.activity_record_id = record.id
    await note_records(caller, charges)


def _fact(line: InvoiceLine, payer: Payer, at: datetime) -> Fact:
    activity = NewActivity(
        kind=ActivityKind.SALE,
        occurred_at=at,
        amount=Money(line.amount_minor, line.currency_code),
        revenue=Revenue.SOLD_ARR,
        motion=_MOTIONS[payer],
        price_basis=PriceBasis.LIST_PRICE,
        external_id=external_id(line.id),
    )
    return Fact(line.partner_id, activity, digest(activity))


async def take_back_sold(
    caller: Caller,
    taken: Sequence[tuple[InvoiceLine, Money]],
    external_ids: Sequence[str],
    reason: str,
    at: datetime,
) -> None:
    """Reverse the records of lines, each by so much of its money, inside the open unit of work.

    Lines without a record, and what was reversed manually before, are passed over.
    """
    wanted = [line.activity_record_id for line, _ in taken if line.activity_record_id]
    records = {record.id: record async for record in ActivityRecord.filter(id__in=wanted)}
    left = await left_of(records.values())
    facts = []
    for (line, money), external in zip(taken, external_ids, strict=True):
        record = records.get(line.activity_record_id) if line.activity_record_id else None
        if record is None or not (rest := left[record.id]).quantity or rest.amount is None:
            continue
        part = min(money, rest.amount, key=lambda amount: amount.amount_minor)
        made = replace(
            reversal(told(record), record.id, rest, part), note=reason, external_id=external
        )
        facts.append(Fact(record.partner_id, made, reversal_digest(record.id, part, reason)))
    if facts:
        await store(caller, facts, {fact.partner_id for fact in facts}, at)


async def note_records(caller: Caller, lines: Sequence[InvoiceLine]) -> None:
    """Keep with each line the record that was told under its external id, if there is one."""
    among = in_list("id", "lines", caller.database.dialect)
    given = {"lines": [line.id for line in lines]}
    sql = _NOTE.replace("{lines}", among)
    await get_connection(WRITER).execute_query(*bind(sql, given, caller.database.dialect))
