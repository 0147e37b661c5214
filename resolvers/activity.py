"""Recording facts about partners, taking them back, and exchange rates."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from app.auth.policy import Action
from app.domain.activity import NewActivity
from app.domain.errors import Problem, Refused
from app.domain.programs.vocabulary import ActivityKind
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from app.services.activity.reverse_activity import (
    ExternalRecord,
    ReverseActivity,
    reverse_activity,
)
from app.services.activity.set_exchange_rate import SetExchangeRate, set_exchange_rate
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.activity import EXCHANGE_RATES, ExchangeRate, ExchangeRateFilter
from schema.connections import Connection
from schema.errors import user_errors
from schema.inputs.activity import (
    RecordActivitiesInput,
    RecordActivitiesPayload,
    RecordActivityInput,
    RecordActivityPayload,
    RecordAttestationInput,
    RecordCertificationInput,
    RecordInput,
    ReverseActivityInput,
    ReverseActivityPayload,
    SetExchangeRateInput,
    SetExchangeRatePayload,
)
from schema.inputs.facts import MONEY_PATHS, ReadFact, read_fact, read_money, read_values
from schema.node import required_id

Path = tuple[str, ...]
Ids = Mapping[str, UUID]


@strawberry.type
class ActivityQueries:
    """Exchange rates. Facts are asked for at their partner."""

    exchange_rates: Connection[ExchangeRate] = root_page(
        Action.READ_PROGRAMS,
        "The exchange rates that money is converted by, newest day first.",
        "ExchangeRate",
        EXCHANGE_RATES,
        ExchangeRateFilter,
    )


@strawberry.type
class ActivityMutations:
    """Facts about partners."""

    @mutation(
        Action.RECORD_ACTIVITY,
        "Record a fact about a partner, such as a sale. Facts never change; `reverseActivity` "
        "reverses them.",
    )
    async def record_activity(
        self,
        info: strawberry.Info,
        input: Annotated[RecordActivityInput, strawberry.argument(description="The fact.")],
    ) -> RecordActivityPayload:
        """Record a fact."""
        read = read_fact(input.fact)
        fact = _new_fact(read, input.partner_id, input.occurred_at, input.external_id)
        paths = {name: (name,) for name in ("partnerId", "occurredAt", "externalId")}
        use_case = _use_case(input.idempotency_key, [read], [fact], "recordActivity")
        work = record_activity(info.context.caller, use_case)
        return await answer(RecordActivityPayload, _told(work, [read], paths, alone=True))

    @mutation(
        Action.RECORD_ACTIVITY,
        "Record many facts about any partners in one call: all of them, or none. Every problem "
        "of every fact is reported.",
    )
    async def record_activities(
        self,
        info: strawberry.Info,
        input: Annotated[RecordActivitiesInput, strawberry.argument(description="The facts.")],
    ) -> RecordActivitiesPayload:
        """Record facts."""
        read = [read_fact(item.fact) for item in input.activities]
        facts = [
            _new_fact(one, item.partner_id, item.occurred_at, item.external_id)
            for one, item in zip(read, input.activities, strict=True)
        ]
        paths = {name: (name,) for name in ("partnerId", "occurredAt", "externalId")}
        use_case = _use_case(input.idempotency_key, read, facts, "recordActivities")
        work = record_activity(info.context.caller, use_case)
        return await answer(RecordActivitiesPayload, _told(work, read, paths))

    @mutation(
        Action.RECORD_ACTIVITY,
        "Record that a person, or the partner's organisation itself, earned a certification.",
    )
    async def record_certification(
        self,
        info: strawberry.Info,
        input: Annotated[
            RecordCertificationInput, strawberry.argument(description="The certification.")
        ],
    ) -> RecordActivityPayload:
        """Record a certification."""
        read = read_values(ActivityKind.CERTIFICATION, input)
        fact = _new_fact(read, input.partner_id, input.earned_at, input.external_id)
        use_case = _use_case(input.idempotency_key, [read], [fact], "recordCertification")
        work = record_activity(info.context.caller, use_case)
        paths = {"occurredAt": ("earnedAt",)}
        return await answer(RecordActivityPayload, _told(work, [read], paths, alone=True))

    @mutation(
        Action.RECORD_ACTIVITY,
        "Record that something was seen to be there, with the address where it can be seen.",
    )
    async def record_attestation(
        self,
        info: strawberry.Info,
        input: Annotated[
            RecordAttestationInput, strawberry.argument(description="The attestation.")
        ],
    ) -> RecordActivityPayload:
        """Record an attestation."""
        read = read_values(ActivityKind.ATTESTATION, input)
        fact = _new_fact(read, input.partner_id, input.attested_at, input.external_id)
        use_case = _use_case(input.idempotency_key, [read], [fact], "recordAttestation")
        work = record_activity(info.context.caller, use_case)
        paths = {"occurredAt": ("attestedAt",)}
        return await answer(RecordActivityPayload, _told(work, [read], paths, alone=True))

    @mutation(
        Action.RECORD_ACTIVITY,
        "Reverse a record, or part of its amount, by a new record with a reason. It counts at "
        "the moment of the record that it reverses.",
    )
    async def reverse_activity(
        self,
        info: strawberry.Info,
        input: Annotated[ReverseActivityInput, strawberry.argument(description="The record.")],
    ) -> ReverseActivityPayload:
        """Reverse a record."""
        amount = read_money(input.amount) if input.amount else None
        if isinstance(amount, Problem):
            problem = replace(amount, field=_reversal_path(amount.field))
            return ReverseActivityPayload(ids={}, user_errors=user_errors([problem]))
        use_case = ReverseActivity(
            idempotency_key=input.idempotency_key,
            record=_record(input.record),
            reason=input.reason,
            amount=amount,
            external_id=input.external_id,
        )
        work = reverse_activity(info.context.caller, use_case)
        return await answer(ReverseActivityPayload, _at(work, _reversal_path))

    @mutation(
        Action.SET_EXCHANGE_RATE,
        "Set the exchange rate between two currencies from a day on. A rate never changes: a "
        "later day gets one of its own.",
    )
    async def set_exchange_rate(
        self,
        info: strawberry.Info,
        input: Annotated[SetExchangeRateInput, strawberry.argument(description="The rate.")],
    ) -> SetExchangeRatePayload:
        """Set a rate."""
        use_case = SetExchangeRate(
            idempotency_key=input.idempotency_key,
            base=input.base,
            quote=input.quote,
            rate=Decimal(input.rate),
            effective_from=input.effective_from,
        )
        return await answer(
            SetExchangeRatePayload, set_exchange_rate(info.context.caller, use_case)
        )


def _new_fact(
    read: ReadFact, partner_id: strawberry.ID, occurred_at: datetime, external_id: str | None
) -> NewFact:
    values = {**read.values, "external_id": external_id}
    activity = NewActivity(kind=read.kind, occurred_at=occurred_at, **values)
    return NewFact(required_id(partner_id, "Partner"), activity)


def _use_case(
    key: str, read: Sequence[ReadFact], facts: Sequence[NewFact], name: str
) -> RecordActivity:
    unreadable = tuple(
        replace(problem, field=("activities", str(position), *problem.field))
        for position, one in enumerate(read)
        for problem in one.unreadable
    )
    return RecordActivity(key, tuple(facts), unreadable, name)


def _told(
    work: Awaitable[Ids], read: Sequence[ReadFact], beside: Mapping[str, Path], alone: bool = False
) -> Awaitable[Ids]:
    """The work, with its problems where callers wrote what is wrong.

    `beside` has the places of fields outside of the fact; `alone` is a fact that is the input.
    """

    def path(field: Path) -> Path:
        if len(field) < 3 or field[0] != "activities":
            return field
        position, name = int(field[1]), field[2]
        found = beside.get(name) or read[position].path(name)
        return found if alone else (*field[:2], *found)

    return _at(work, path)


async def _at(work: Awaitable[Ids], path: Callable[[Path], Path]) -> Ids:
    try:
        return await work
    except Refused as refused:
        problems = [replace(problem, field=path(problem.field)) for problem in refused.problems]
        raise Refused(problems) from refused


def _reversal_path(field: Path) -> Path:
    if field[:2] == ("record", "externalId"):
        return "record", "external", "externalId"
    return MONEY_PATHS.get(field[0], field) if field else field


def _record(input: RecordInput) -> UUID | ExternalRecord:
    if input.external:
        partner_id = required_id(input.external.partner_id, "Partner")
        return ExternalRecord(partner_id, input.external.external_id)
    return required_id(input.id or "", "ActivityRecord")
