"""The outbox: what happened, written with the change; the audit trail; idempotency keys."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.persistence.models.base import Record, belongs_to, check, code
from app.persistence.tenancy import VENDOR_ONLY, Tenancy, of_client


class Event(Record):
    """One thing that happened. The relay gives it its place in the order after commit."""

    # Null until the relay has seen it; then its place among all events.
    sequence = fields.BigIntField(null=True, unique=True)
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    partner_sequence = fields.BigIntField(null=True)
    # On PostgreSQL when it was written, as a number that the database gives: what is written after
    # another was committed has a larger one. On SQLite the row's own number says so.
    written = fields.BigIntField(db_default=0)
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    type = code()
    subject_id = fields.UUIDField()
    actor_role = code()
    actor_id = fields.UUIDField(null=True)
    data: Any = fields.JSONField(default=dict)
    occurred_at = fields.DatetimeField()

    tenancy = Tenancy(
        partner=of_client().partner,
        advisor=f"({of_client().advisor} OR (t.partner_id = :partner AND t.client_id IS NULL))",
        client_user=of_client().client_user,
    )

    class Meta:
        table = "event"
        constraints = [
            check("event", "sequence", "(sequence IS NULL) OR (sequence >= 1)"),
        ]
        unique_together = (("partner_id", "partner_sequence"),)
        indexes = [
            Index(fields=("partner_id", "sequence")),
            Index(fields=("partner_id", "client_id", "sequence")),
            Index(fields=("client_id", "sequence")),
            Index(fields=("subject_id",)),
        ]


class AuditEntry(Record):
    """Who did what, with which input: one for each mutation, in its transaction."""

    # Its place in the chain, without gaps, and the hash over it and all before it.
    number = fields.BigIntField(unique=True)
    hash = fields.CharField(max_length=64)
    at = fields.DatetimeField()
    actor_role = code()
    actor_id = fields.UUIDField(null=True)
    api_key_id = fields.UUIDField(null=True)
    action = fields.CharField(max_length=64)
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    subject_id = fields.UUIDField(null=True)
    correlation_id = fields.CharField(max_length=64)
    input: Any = fields.JSONField()

    tenancy = VENDOR_ONLY

    class Meta:
        table = "audit_entry"
        indexes = [
            Index(fields=("at", "id")),
            Index(fields=("partner_id", "at", "id")),
            Index(fields=("partner_id", "number")),
            Index(fields=("action", "number")),
        ]


class IdempotencyKey(Record):
    """A mutation that was done: the same key with the same input replays its result."""

    actor_key = fields.CharField(max_length=80)
    key = fields.CharField(max_length=120)
    mutation = fields.CharField(max_length=64)
    digest = fields.CharField(max_length=64)
    result: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    tenancy = VENDOR_ONLY

    class Meta:
        table = "idempotency_key"
        unique_together = (("actor_key", "key"),)
        # Old ones are deleted.
        indexes = [Index(fields=("created_at",))]
