"""Facts about partners, evaluations of them, and what a standing keeps for the policies."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from app.domain.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("models", "0006_read_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ActivityRecord",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.BigIntField()),
                ("kind", fields.CharField(max_length=32)),
                ("code", fields.CharField(null=True, max_length=60)),
                ("person", fields.CharField(null=True, max_length=254)),
                ("course", fields.CharField(null=True, max_length=120)),
                ("amount", fields.BigIntField(null=True)),
                ("currency_code", fields.CharField(null=True, max_length=3)),
                ("revenue", fields.CharField(null=True, max_length=32)),
                ("motion", fields.CharField(null=True, max_length=32)),
                ("price_basis", fields.CharField(null=True, max_length=32)),
                ("source", fields.CharField(null=True, max_length=60)),
                ("product", fields.CharField(null=True, max_length=60)),
                ("quantity", fields.IntField(default=1)),
                ("value", fields.CharField(null=True, max_length=60)),
                ("evidence", fields.CharField(null=True, max_length=2048)),
                ("note", fields.CharField(null=True, max_length=1000)),
                ("external_id", fields.CharField(null=True, max_length=120)),
                ("digest", fields.CharField(max_length=64)),
                (
                    "reverses",
                    fields.ForeignKeyField(
                        "models.ActivityRecord",
                        source_field="reverses_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "activity_record",
                "app": "models",
                "unique_together": (("partner_id", "position"), ("partner_id", "external_id")),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('SALE', 'DEAL_REGISTRATION', 'LEAD_ACCEPTED', 'REFERRAL', 'IMPLEMENTATION', 'CERTIFICATION', 'TRAINING_COMPLETED', 'ATTESTATION', 'CAPABILITY', 'MANUAL', 'ATTRIBUTE')",
                        name="ck_activity_record_kind",
                    ),
                    CheckConstraint(
                        check="revenue IN ('SOLD_ARR', 'SOLD_MRR', 'MANAGED_ARR', 'MANAGED_MRR', 'CONTRACT_VALUE')",
                        name="ck_activity_record_revenue",
                    ),
                    CheckConstraint(
                        check="motion IN ('REFERRAL', 'RESALE')", name="ck_activity_record_motion"
                    ),
                    CheckConstraint(
                        check="price_basis IN ('LIST_PRICE', 'APPROVED_QUOTE')",
                        name="ck_activity_record_price_basis",
                    ),
                    CheckConstraint(
                        check="(amount IS NULL) = (currency_code IS NULL)",
                        name="ck_activity_record_money",
                    ),
                    CheckConstraint(check="position >= 1", name="ck_activity_record_position"),
                ],
                "indexes": [
                    Index(fields=["partner_id", "kind", "occurred_at"]),
                    Index(fields=["partner_id", "occurred_at", "id"]),
                    Index(fields=["reverses_id"]),
                ],
                "pk_attr": "id",
                "table_description": "One fact about a partner, never changed, what was wrong is reversed by another one.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Evaluation",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "program",
                    fields.ForeignKeyField(
                        "models.TierProgram",
                        source_field="program_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "version",
                    fields.ForeignKeyField(
                        "models.ProgramVersion",
                        source_field="version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("as_of", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("facts_to", fields.BigIntField()),
                ("inputs", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("digest", fields.CharField(max_length=64)),
                ("result", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("effects", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("evaluated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "evaluation",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "evaluated_at", "id"])],
                "pk_attr": "id",
                "table_description": "The rules applied to one partner as of a moment, with all that went in and came out.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="EvaluationRun",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "program",
                    fields.ForeignKeyField(
                        "models.TierProgram",
                        source_field="program_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("as_of", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("status", fields.CharField(max_length=32)),
                ("evaluated", fields.IntField(default=0)),
                ("moved", fields.IntField(default=0)),
                ("at_risk", fields.IntField(default=0)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "completed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "evaluation_run",
                "app": "models",
                "unique_together": (("program_id", "as_of"),),
                "constraints": [
                    CheckConstraint(
                        check="status IN ('RUNNING', 'COMPLETED')", name="ck_evaluation_run_status"
                    )
                ],
                "pk_attr": "id",
                "table_description": "An evaluation of all partners of a program as of a moment, batch by batch.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("base", fields.CharField(max_length=3)),
                ("quote", fields.CharField(max_length=3)),
                ("rate", fields.DecimalField(max_digits=24, decimal_places=12)),
                ("effective_from", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "exchange_rate",
                "app": "models",
                "unique_together": (("base", "quote", "effective_from"),),
                "constraints": [
                    CheckConstraint(check="base <> quote", name="ck_exchange_rate_pair")
                ],
                "pk_attr": "id",
                "table_description": "What one unit of a currency is worth in another from a moment on.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TierApproval",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "program",
                    fields.ForeignKeyField(
                        "models.TierProgram",
                        source_field="program_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "version",
                    fields.ForeignKeyField(
                        "models.ProgramVersion",
                        source_field="version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "tier",
                    fields.ForeignKeyField(
                        "models.Tier",
                        source_field="tier_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "evaluation",
                    fields.ForeignKeyField(
                        "models.Evaluation",
                        source_field="evaluation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("status", fields.CharField(max_length=32)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by", fields.UUIDField(null=True)),
                ("note", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "tier_approval",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="status IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')",
                        name="ck_tier_approval_status",
                    )
                ],
                "indexes": [
                    Index(fields=["requested_at", "id"]),
                    Index(fields=["status", "requested_at", "id"]),
                    Index(fields=["partner_id", "requested_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A tier that a partner qualifies for and the vendor is asked about.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TierPin",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "program",
                    fields.ForeignKeyField(
                        "models.TierProgram",
                        source_field="program_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("tier_key", fields.CharField(max_length=60)),
                ("reason", fields.TextField(unique=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("pinned_by", fields.UUIDField(null=True)),
                ("pinned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tier_pin",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "pinned_at", "id"])],
                "pk_attr": "id",
                "table_description": "A tier that the vendor holds a partner in, until a moment or until it is taken off.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Partner", name="activity_count", field=fields.BigIntField(null=True)
        ),
        ops.RunSQL("UPDATE partner SET activity_count = 0"),
        ops.AlterField(
            model_name="Partner", name="activity_count", field=fields.BigIntField(default=0)
        ),
        ops.AddField(
            model_name="Standing",
            name="approval",
            field=fields.ForeignKeyField(
                "models.TierApproval",
                source_field="approval_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Standing",
            name="at_risk_because",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Standing",
            name="at_risk_on",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="deadline_passed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="due_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="enrolled_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        # A partner has been in its programs since it came, as far as anybody kept it.
        ops.RunSQL(
            "UPDATE standing SET enrolled_at ="
            " (SELECT p.created_at FROM partner p WHERE p.id = standing.partner_id)"
        ),
        ops.AlterField(
            model_name="Standing",
            name="enrolled_at",
            field=fields.DatetimeField(auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="evaluated_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="grace_noticed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="grace_since",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="grace_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="held_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="hold_since",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="pin",
            field=fields.ForeignKeyField(
                "models.TierPin",
                source_field="pin_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Standing",
            name="rejected_tier",
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddField(
            model_name="Standing",
            name="rejected_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="stepped_down_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Standing",
            name="vouched_tier",
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddIndex(
            model_name="Standing",
            index=Index(fields=["program_id", "at_risk_on", "id"]),
        ),
        ops.AddIndex(
            model_name="Standing",
            index=Index(fields=["program_id", "partner_id"]),
        ),
        ops.AddIndex(
            model_name="Standing",
            index=Index(fields=["due_at", "id"]),
        ),
        ops.AddIndex(
            model_name="Standing",
            index=Index(fields=["program_id", "due_at", "id"]),
        ),
        ops.RemoveConstraint(
            model_name="TierDecision",
            name="ck_tier_decision_direction",
            fields=None,
        ),
        ops.RemoveConstraint(
            model_name="TierDecision",
            name="ck_tier_decision_origin",
            fields=None,
        ),
        ops.AddField(
            model_name="TierDecision",
            name="evaluation",
            field=fields.ForeignKeyField(
                "models.Evaluation",
                source_field="evaluation_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(
            model_name="TierDecision",
            index=Index(fields=["partner_id", "program_id", "decided_at", "id"]),
        ),
        ops.AddConstraint(
            model_name="TierDecision",
            constraint=CheckConstraint(
                check="direction IN ('PLACED', 'PROMOTION', 'DEMOTION', 'REMOVED', 'RENEWED')",
                name="ck_tier_decision_direction",
            ),
        ),
        ops.AddConstraint(
            model_name="TierDecision",
            constraint=CheckConstraint(
                check="origin IN ('MANUAL', 'EVALUATION', 'APPROVAL', 'PIN')",
                name="ck_tier_decision_origin",
            ),
        ),
        ops.AddField(
            model_name="Vendor", name="clock_offset_seconds", field=fields.BigIntField(null=True)
        ),
        ops.RunSQL("UPDATE vendor SET clock_offset_seconds = 0"),
        ops.AlterField(
            model_name="Vendor", name="clock_offset_seconds", field=fields.BigIntField(default=0)
        ),
    ]
