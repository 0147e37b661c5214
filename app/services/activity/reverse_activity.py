"""Taking a fact back, in full or a part of its money: by another fact that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.domain.activity import MAX_EXTERNAL_ID, MAX_NOTE
from app.domain.characters import is_blank
from app.domain.checks import check_line, check_text
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.money import Money
from app.domain.reversals import reversal, reversal_digest
from app.persistence.models import ActivityRecord
from app.services.activity.record_activity import ids_of
from app.services.activity.reversals import left_of, told
from app.services.activity.store import (
    Fact,
    Stored,
    external_id_reused,
    store,
    told_before,
)
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import find, find_by


@dataclass(frozen=True, slots=True)
class ExternalRecord:
    """A record by the external id that its partner has it under."""

    partner_id: UUID
    external_id: str


@dataclass(frozen=True, slots=True)
class ReverseActivity:
    """A record, by its id or its external one, to take back: `amount` of it, or all that is left.

    `external_id` is the reversal's own.
    """

    idempotency_key: str
    record: UUID | ExternalRecord
    reason: str
    amount: Money | None = None
    external_id: str | None = None


async def reverse_activity(caller: Caller, input: ReverseActivity) -> Mapping[str, UUID]:
    """Record the reversal; gives the ids `reversed` and `recorded.0`, or `unchanged.0`.

    Raises Refused with NOT_FOUND or INVALID (it is a reversal itself) for the record, REQUIRED or
    TOO_LONG for the reason, INVALID for an amount that is not a part of what is left, ALREADY_DONE
    if nothing is left, and EXTERNAL_ID_REUSED.
    """
    amount = input.amount and f"{input.amount.amount_minor} {input.amount.currency}"
    return await perform(
        caller,
        "reverseActivity",
        input.idempotency_key,
        arguments(input, amount=amount),
        lambda now: _reverse(caller, input, now),
    )


async def _reverse(caller: Caller, input: ReverseActivity, now: datetime) -> Done:
    if problems := _text_problems(input):
        raise Refused(problems)
    original = await _original(caller, input.record)
    if original.reverses_id is not None:
        message = "This record is a reversal itself. Record the correct fact as a new one."
        raise refuse(ErrorCode.INVALID, message, "record")
    stored = await _store(caller, input, original, now)
    ids = {"reversed": original.id, **ids_of([stored])}
    return Done(stored.id, original.partner_id, ids)


async def _store(
    caller: Caller, input: ReverseActivity, original: ActivityRecord, now: datetime
) -> Stored:
    partner_id, reason = original.partner_id, input.reason.strip()
    external_id = (input.external_id or "").strip() or None
    digest = reversal_digest(original.id, input.amount, reason)
    # What is left is read under the lock: no other reversal takes the same.
    await lock_partner(partner_id)
    if before := await told_before(caller, partner_id, external_id):
        if before[1] != digest:
            raise Refused([external_id_reused("externalId")])
        return Stored(before[0], unchanged=True)
    left = (await left_of([original]))[original.id]
    made = reversal(told(original), original.id, left, input.amount)
    fact = Fact(partner_id, replace(made, note=reason, external_id=external_id), digest)
    [stored] = await store(caller, [fact], [partner_id], now)
    return stored


def _text_problems(input: ReverseActivity) -> list[Problem]:
    problems = check_text(input.reason, "reason", longest=MAX_NOTE)
    if is_blank(input.reason):
        message = f"Say why, in 1 to {MAX_NOTE:,} characters: the partner reads it."
        problems.append(Problem(ErrorCode.REQUIRED, message, ("reason",)))
    if input.external_id is not None and input.external_id.strip():
        problems += check_line(input.external_id.strip(), "externalId", longest=MAX_EXTERNAL_ID)
    return problems


async def _original(caller: Caller, record: UUID | ExternalRecord) -> ActivityRecord:
    """The record that the caller sees. Raises Refused with NOT_FOUND at `record`."""
    id = record if isinstance(record, UUID) else await _id_of(record)
    found = await find(caller, ActivityRecord, id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such record. Check the id.", "record")
    return found


async def _id_of(record: ExternalRecord) -> UUID | None:
    found = await find_by(
        ActivityRecord, partner_id=record.partner_id, external_id=record.external_id.strip()
    )
    return found.id if found else None
