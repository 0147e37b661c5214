"""The vendor puts all that a partner has to be paid on a statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_currency
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.income import AccrualStatus, statement_text
from app.domain.money import Money
from app.events.outbox import append
from app.persistence.models import Accrual, Partner, Statement
from app.services.inputs import arguments
from app.services.invoices.numbers import take_numbers
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

COUNTER = "STATEMENT"


@dataclass(frozen=True, slots=True)
class CreateStatement:
    """A statement of a partner's approved income in one currency."""

    idempotency_key: str
    partner_id: UUID
    currency_code: str


async def create_statement(caller: Caller, input: CreateStatement) -> Mapping[str, UUID]:
    """Take all APPROVED accruals that are on no statement yet. Gives the id `statement`.

    What credit notes took back is set off. Raises Refused with NOT_FOUND, INVALID for the currency,
    and NOTHING_TO_PAY unless more than nothing comes out.
    """
    return await perform(
        caller,
        "createStatement",
        input.idempotency_key,
        arguments(input),
        lambda now: _create(caller, input, now),
    )


async def _create(caller: Caller, input: CreateStatement, now: datetime) -> Done:
    if problems := check_currency(input.currency_code, "currencyCode"):
        raise Refused(problems)
    found = await require(caller, Partner, input.partner_id, "partnerId")
    partner = await lock_partner(found.id)
    approved = Accrual.filter(
        partner_id=partner.id,
        status=AccrualStatus.APPROVED,
        currency_code=input.currency_code,
        statement_id__isnull=True,
    )
    total = sum(await approved.values_list("amount_minor", flat=True))  # type: ignore[arg-type]
    if total <= 0:
        money = Money(total, input.currency_code)
        message = f"What is approved comes to {money} {money.currency}. Approve more income first."
        raise refuse(ErrorCode.NOTHING_TO_PAY, message, "partnerId")
    [number] = await take_numbers(COUNTER, 1)
    statement = await Statement.create(
        number=number,
        partner_id=partner.id,
        currency_code=input.currency_code,
        total_minor=total,
        created_at=now,
    )
    await approved.update(statement_id=statement.id)
    await append(
        EventType.STATEMENT_ISSUED,
        subject_id=statement.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"number": statement_text(statement.number)},
    )
    return Done(statement.id, partner.id, {"statement": statement.id})
