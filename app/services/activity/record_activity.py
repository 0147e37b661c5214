"""The vendor tells what a partner did: one fact or many, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.auth.scope import visible_ids
from app.domain.activity import NewActivity, check_activity, clean, digest, plain, settle
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.persistence.models import Partner
from app.services.activity.store import Fact, Stored, store
from app.services.use_case import Caller, Done, perform

MAX_ITEMS = 500


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact and the partner that it is about."""

    partner_id: UUID
    activity: NewActivity


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """Facts to record. `unreadable`: what was wrong with their values before they became facts.

    `name` is the mutation that they come by; problems are told at ("activities", "3", "amount").
    """

    idempotency_key: str
    items: tuple[NewFact, ...]
    unreadable: tuple[Problem, ...] = ()
    name: str = "recordActivity"


async def record_activity(caller: Caller, input: RecordActivity) -> Mapping[str, UUID]:
    """Record all of the facts, or none; gives the ids by `recorded.0`, `unchanged.1` and so on.

    The number is the fact's place in the input. Unchanged is one whose external id the partner has
    with the same content: nothing is written for it. Raises Refused with all that is wrong with
    all facts: INVALID, REQUIRED or TOO_LONG for values, NOT_FOUND for partners, and
    EXTERNAL_ID_REUSED for external ids that say something else already.
    """
    return await perform(
        caller,
        input.name,
        input.idempotency_key,
        _arguments(input),
        lambda now: _record(caller, input, now),
    )


def ids_of(stored: Sequence[Stored]) -> dict[str, UUID]:
    """The answer of a use case that stored facts."""
    return {
        f"{'unchanged' if found.unchanged else 'recorded'}.{position}": found.id
        for position, found in enumerate(stored)
    }


def _arguments(input: RecordActivity) -> dict[str, Any]:
    """What tells one call from another, as it is kept in the audit trail."""
    items = [
        {
            "partner_id": item.partner_id,
            **{
                name: plain(value)
                for name in NewActivity.__slots__
                if (value := getattr(item.activity, name)) is not None
            },
        }
        for item in input.items
    ]
    return {"activities": items}


async def _record(caller: Caller, input: RecordActivity, now: datetime) -> Done:
    if not 1 <= len(input.items) <= MAX_ITEMS:
        raise refuse(ErrorCode.INVALID, f"Give 1 to {MAX_ITEMS} facts at a time.", "activities")
    cleaned = [NewFact(item.partner_id, clean(item.activity)) for item in input.items]
    problems = [*input.unreadable, *await _partner_problems(caller, cleaned)]
    told = {problem.field for problem in problems}
    settled = [settle(item.activity, now, caller.tolerance) for item in cleaned]
    for position, activity in enumerate(settled):
        found = check_activity(activity, now, "activities", str(position))
        problems += [problem for problem in found if problem.field not in told]
    if problems:
        raise Refused(problems)
    facts = [
        Fact(
            item.partner_id,
            activity,
            # Of the moment as it was told: telling it again says the same.
            digest(item.activity),
            ("activities", str(position), "externalId"),
        )
        for position, (item, activity) in enumerate(zip(cleaned, settled, strict=True))
    ]
    partners = {item.partner_id for item in cleaned}
    stored = await store(caller, facts, partners, now)
    one = next(iter(partners)) if len(partners) == 1 else None
    return Done(stored[0].id, one, ids_of(stored))


async def _partner_problems(caller: Caller, items: Sequence[NewFact]) -> list[Problem]:
    wanted = {item.partner_id for item in items}
    seen = await visible_ids(caller.database, caller.actor, Partner, wanted)
    return [
        Problem(
            ErrorCode.NOT_FOUND,
            "There is no such partner. Check the id.",
            ("activities", str(position), "partnerId"),
        )
        for position, item in enumerate(items)
        if item.partner_id not in seen
    ]
