"""Inputs and payloads of the mutations that record facts, and of exchange rates."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from app.domain.activity import RecordStatus
from schema.activity import ActivityRecord, ExchangeRate
from schema.inputs.content import MoneyInput
from schema.inputs.facts import AttestationInput, CertificationInput, FactInput
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.planned import selection_of
from schema.scalars import CurrencyCode, Date, DateTime, DecimalText


def _external_id() -> Any:
    return strawberry.field(
        default=None,
        description="The id that your own system has for it, 1–120 characters, unique among the "
        "partner's records. Telling the same under it again changes nothing; telling something "
        "else under it is refused with EXTERNAL_ID_REUSED.",
    )


def _occurred_at() -> Any:
    return strawberry.field(
        description="When it took effect: from the year 2000 on, not after now. It may be long ago."
    )


@strawberry.input(description="One of many facts to record.")
class ActivityInput:
    """A fact and its partner."""

    partner_id: strawberry.ID = strawberry.field(description="The partner it is about.")
    fact: FactInput = strawberry.field(description="The fact.")
    occurred_at: DateTime = _occurred_at()
    external_id: str | None = _external_id()


@strawberry.input(description="A fact to record.")
class RecordActivityInput(ActivityInput):
    """A fact to record."""

    idempotency_key: str = idempotency_key()


@strawberry.input(description="Facts to record: all of them or, if one is refused, none.")
class RecordActivitiesInput:
    """Facts to record."""

    idempotency_key: str = idempotency_key()
    activities: list[ActivityInput] = strawberry.field(
        description="1–500 facts, of any partners. They get their positions in this order."
    )


@strawberry.input(description="A certification to record.")
class RecordCertificationInput(CertificationInput):
    """A certification to record."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    earned_at: DateTime = strawberry.field(
        description="When it was earned: from the year 2000 on, not after now."
    )
    external_id: str | None = _external_id()


@strawberry.input(description="An attestation to record.")
class RecordAttestationInput(AttestationInput):
    """An attestation to record."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    attested_at: DateTime = strawberry.field(
        description="When it was seen: from the year 2000 on, not after now."
    )
    external_id: str | None = _external_id()


@strawberry.input(description="A record by the external id that its partner has it under.")
class ExternalRecordInput:
    """An external id."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    external_id: str = strawberry.field(description="The record's external id.")


@strawberry.input(one_of=True, description="A record: exactly one of these.")
class RecordInput:
    """Which record is meant."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its id: an ActivityRecord."
    )
    external: ExternalRecordInput | None = strawberry.field(
        default=strawberry.UNSET, description="Its external id."
    )


@strawberry.input(description="A record to reverse.")
class ReverseActivityInput:
    """A reversal."""

    idempotency_key: str = idempotency_key()
    record: RecordInput = strawberry.field(
        description="The record. A reversal cannot be reversed: record the fact again."
    )
    reason: str = strawberry.field(description="Why, 1–1,000 characters: the partner reads it.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="A part of its money, above zero; unset: all that is left of the record.",
    )
    external_id: str | None = _external_id()


@strawberry.input(description="An exchange rate to set.")
class SetExchangeRateInput:
    """A rate."""

    idempotency_key: str = idempotency_key()
    base: CurrencyCode = strawberry.field(description="The base currency.")
    quote: CurrencyCode = strawberry.field(description="The currency of `rate`.")
    rate: DecimalText = strawberry.field(
        description="The value of one unit of `base` in units of `quote`: above zero."
    )
    effective_from: Date = strawberry.field(
        description="The first day it counts for, in the vendor's time zone."
    )


def _status_of(ids: Mapping[str, UUID]) -> list[RecordStatus]:
    """What became of each fact, in the order of the input; empty if the call was refused."""
    found = [name.split(".") for name in ids if "." in name]
    return [RecordStatus(word.upper()) for word, _ in sorted(found, key=lambda n: int(n[1]))]


def _records(ids: Mapping[str, UUID]) -> list[UUID]:
    found = [(int(name.split(".")[1]), id) for name, id in ids.items() if "." in name]
    return [id for _, id in sorted(found)]


@strawberry.type(description="The answer of the mutations that record one fact.")
class RecordActivityPayload(Payload):
    """The record."""

    @strawberry.field(description="The record; null if it was refused.")
    async def record(self, info: strawberry.Info) -> ActivityRecord | None:
        """The record, as it is now."""
        if not self.ids:
            return None
        return await info.context.reads.one(selection_of(info), _records(self.ids)[0])

    @strawberry.field(description="The outcome; null if it was refused.")
    def status(self) -> RecordStatus | None:
        """Whether it was there before."""
        return next(iter(_status_of(self.ids)), None)


@strawberry.type(description="The answer of `recordActivities`.")
class RecordActivitiesPayload(Payload):
    """The records."""

    @strawberry.field(
        description="One record for each fact, in the order of the input; null if it was refused."
    )
    async def records(self, info: strawberry.Info) -> list[ActivityRecord] | None:
        """The records, as they are now."""
        ids = _records(self.ids)
        if not ids:
            return None
        found = await info.context.reads.by_keys(selection_of(info), ids)
        return [found[str(id)] for id in ids]

    @strawberry.field(
        description="The outcome for each fact, in the order of the input; null if it was refused."
    )
    def statuses(self) -> list[RecordStatus] | None:
        """Whether each was there before."""
        return _status_of(self.ids) or None


@strawberry.type(description="The answer of `reverseActivity`.")
class ReverseActivityPayload(RecordActivityPayload):
    """The reversal."""

    reversed: ActivityRecord | None = loaded(
        "reversed", "The record that was reversed; null if it was refused."
    )


@strawberry.type(description="The answer of `setExchangeRate`.")
class SetExchangeRatePayload(Payload):
    """The rate."""

    exchange_rate: ExchangeRate | None = loaded(
        "exchange_rate", "The rate; null if it was refused."
    )
