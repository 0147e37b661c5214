"""The audit trail becomes a chain; webhooks; how far events were deleted."""

from datetime import datetime
from typing import Any

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from app.domain.audit import GENESIS, link_hash
from app.domain.ids import new_id

# Entries that are read at once.
_BATCH = 1000


async def _chain(apps: Any, editor: Any) -> None:
    """Chain the entries that there are, in the order of their times."""
    end, number, after = GENESIS, 0, None
    while True:
        rows = await _entries(editor.client, after)
        for row in rows:
            number += 1
            entry = {
                **row,
                "number": number,
                "at": _time(row["at"]),
                "input": loads(row["input"]) if isinstance(row["input"], str) else row["input"],
            }
            end = link_hash(entry, end)
            await editor.client.execute_script(
                f"UPDATE audit_entry SET number = {number}, hash = '{end}' WHERE id = '{row['id']}'"
            )
        if not rows:
            return
        after = (rows[-1]["at"], rows[-1]["id"])


async def _entries(client: Any, after: tuple[Any, Any] | None) -> list[Any]:
    behind = f"WHERE (at, id) > ('{after[0]}', '{after[1]}')" if after else ""
    return await client.execute_query_dict(
        f"SELECT * FROM audit_entry {behind} ORDER BY at, id LIMIT {_BATCH}"
    )


def _time(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def _count_what_is_written(apps: Any, editor: Any) -> None:
    """Have PostgreSQL number events as they are written. What is there already stays 0: before."""
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(
            "CREATE SEQUENCE event_written OWNED BY event.written;"
            "ALTER TABLE event ALTER COLUMN written SET DEFAULT nextval('event_written')"
        )


class Migration(migrations.Migration):
    dependencies = [("models", "0010_delivery_and_billing_constraints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("url", fields.CharField(max_length=2000)),
                ("description", fields.CharField(max_length=200)),
                ("types", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("status", fields.CharField(max_length=32)),
                ("secret_version", fields.UUIDField()),
                ("former_version", fields.UUIDField(null=True)),
                (
                    "former_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("position", fields.BigIntField()),
                ("round", fields.IntField(default=0)),
                (
                    "failing_since",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("disabled_reason", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "webhook_endpoint",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="status IN ('ENABLED', 'DISABLED', 'REMOVED')",
                        name="ck_webhook_endpoint_status",
                    ),
                    CheckConstraint(
                        check="position >= 0 AND round >= 0", name="ck_webhook_endpoint_position"
                    ),
                    CheckConstraint(
                        check="(former_version IS NULL) = (former_until IS NULL)",
                        name="ck_webhook_endpoint_former",
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "An https address that events are sent to. Its secret is derived, never kept.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "endpoint",
                    fields.ForeignKeyField(
                        "models.WebhookEndpoint",
                        source_field="endpoint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "models.Event",
                        source_field="event_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("type", fields.CharField(max_length=32)),
                ("round", fields.IntField()),
                ("status", fields.CharField(max_length=32)),
                ("attempts", fields.IntField(default=0)),
                (
                    "next_attempt_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "delivered_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "webhook_delivery",
                "app": "models",
                "unique_together": (("endpoint_id", "event_id", "round"),),
                "constraints": [
                    CheckConstraint(
                        check="status IN ('PENDING', 'DELIVERED', 'DEAD')",
                        name="ck_webhook_delivery_status",
                    ),
                    CheckConstraint(
                        check="(status = 'PENDING') = (next_attempt_at IS NOT NULL)",
                        name="ck_webhook_delivery_due",
                    ),
                    CheckConstraint(
                        check="(status = 'DELIVERED') = (delivered_at IS NOT NULL)",
                        name="ck_webhook_delivery_delivered",
                    ),
                ],
                "indexes": [
                    Index(fields=["endpoint_id", "created_at", "id"]),
                    Index(fields=["endpoint_id", "status", "created_at", "id"]),
                    Index(fields=["next_attempt_at", "id"]),
                    Index(fields=["endpoint_id", "next_attempt_at", "id"]),
                    Index(fields=["event_id"]),
                ],
                "pk_attr": "id",
                "table_description": "One event for one endpoint. Its event's id is the id that the receiver sees.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "delivery",
                    fields.ForeignKeyField(
                        "models.WebhookDelivery",
                        source_field="delivery_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("status_code", fields.IntField(null=True)),
                ("error", fields.CharField(null=True, max_length=200)),
                ("milliseconds", fields.IntField()),
            ],
            options={
                "table": "webhook_attempt",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="milliseconds >= 0", name="ck_webhook_attempt_milliseconds"
                    )
                ],
                "indexes": [Index(fields=["delivery_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "One try to deliver, with what came of it.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="AuditEntry",
            name="hash",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="AuditEntry",
            name="number",
            field=fields.BigIntField(null=True),
        ),
        ops.RunPython(_chain),
        ops.AlterField(
            model_name="AuditEntry",
            name="hash",
            field=fields.CharField(max_length=64),
        ),
        ops.AlterField(
            model_name="AuditEntry",
            name="number",
            field=fields.BigIntField(unique=True),
        ),
        ops.AddIndex(
            model_name="AuditEntry",
            index=Index(fields=["partner_id", "number"]),
        ),
        ops.AddIndex(
            model_name="AuditEntry",
            index=Index(fields=["action", "number"]),
        ),
        ops.AddIndex(
            model_name="IdempotencyKey",
            index=Index(fields=["created_at"]),
        ),
        ops.AddField(
            model_name="Vendor",
            name="events_deleted_through",
            field=fields.BigIntField(default=0, null=True),
        ),
        ops.RunSQL("UPDATE vendor SET events_deleted_through = 0"),
        ops.AlterField(
            model_name="Vendor",
            name="events_deleted_through",
            field=fields.BigIntField(default=0),
        ),
        ops.AddField(
            model_name="Event",
            name="written",
            field=fields.BigIntField(db_default=0),
        ),
        ops.RunPython(_count_what_is_written),
        # What the relay has yet to publish, in its order: on SQLite rows follow by their number.
        ops.RunSQL("DROP INDEX ix_event_unpublished"),
        ops.RunSQL("CREATE INDEX ix_event_unpublished ON event (written) WHERE sequence IS NULL"),
    ]
