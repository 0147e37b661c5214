from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.domain.clients import AssignmentRole, ClientStatus, ClientUserStatus
from app.domain.content import VersionStatus
from app.domain.ids import new_id
from app.domain.partners import AdvisorStatus
from app.domain.plans import TemplateStatus
from app.persistence.models.base import SortKeyField


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="EmployeeBracket",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("code", fields.CharField(unique=True, max_length=32)),
                ("label", fields.CharField(max_length=40)),
                ("min_employees", fields.IntField(unique=True)),
                ("max_employees", fields.IntField(null=True)),
            ],
            options={
                "table": "employee_bracket",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A company size: employees from `min_employees` up to, not including, `max_employees`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("actor_key", fields.CharField(max_length=80)),
                ("key", fields.CharField(max_length=120)),
                ("mutation", fields.CharField(max_length=64)),
                ("digest", fields.CharField(max_length=64)),
                (
                    "result",
                    fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "idempotency_key",
                "app": "models",
                "unique_together": (("actor_key", "key"),),
                "pk_attr": "id",
                "table_description": "A mutation that was done: the same key with the same input replays its result.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("code", fields.CharField(unique=True, max_length=32)),
                ("name", fields.CharField(max_length=80)),
                ("description", fields.TextField(default="", unique=False)),
                ("rank", fields.IntField(unique=True)),
                ("takes_slot", fields.BooleanField(default=False)),
                ("starts_subscription", fields.BooleanField(default=False)),
            ],
            options={
                "table": "plan",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What a client can be licensed for.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PriceBook",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("currency_code", fields.CharField(max_length=3)),
                ("name", fields.CharField(max_length=120)),
                (
                    "effective_from",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "price_book",
                "app": "models",
                "unique_together": (("currency_code", "effective_from"),),
                "pk_attr": "id",
                "table_description": "The prices in one currency from a date on.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "price_book",
                    fields.ForeignKeyField(
                        "models.PriceBook",
                        source_field="price_book_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "bracket",
                    fields.ForeignKeyField(
                        "models.EmployeeBracket",
                        source_field="bracket_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("interval", fields.CharField(max_length=32)),
                ("amount_minor", fields.BigIntField()),
            ],
            options={
                "table": "price",
                "app": "models",
                "unique_together": (("price_book_id", "plan_id", "bracket_id", "interval"),),
                "pk_attr": "id",
                "table_description": "What a plan costs one company size for one interval, in minor units.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TierProgram",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("key", fields.CharField(unique=True, max_length=60)),
                ("name", fields.CharField(max_length=200)),
                ("description", fields.TextField(default="", unique=False)),
                (
                    "partner_types",
                    fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "tier_program",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An ordered ladder of tiers, what it says is in its versions.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ProgramVersion",
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
                ("number", fields.IntField()),
                ("status", fields.CharField(max_length=32)),
                (
                    "effective_from",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "gate",
                    fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "policy",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                ("definition", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("checksum", fields.CharField(max_length=64)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "published_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "program_version",
                "app": "models",
                "unique_together": (("program_id", "number"),),
                "pk_attr": "id",
                "table_description": "What a program says from a date on, it never changes once it is published.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Benefit",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
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
                ("key", fields.CharField(max_length=60)),
                ("name", fields.CharField(max_length=200)),
                ("description", fields.TextField(default="", unique=False)),
                ("kind", fields.CharField(max_length=32)),
                ("position", fields.IntField()),
            ],
            options={
                "table": "benefit",
                "app": "models",
                "unique_together": (("version_id", "key"), ("version_id", "position")),
                "pk_attr": "id",
                "table_description": "Something the program gives, the tiers that give it are in `TierBenefit`.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Tier",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
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
                ("key", fields.CharField(max_length=60)),
                ("name", fields.CharField(max_length=120)),
                ("rank", fields.IntField()),
                ("color", fields.CharField(null=True, max_length=7)),
                (
                    "requirement",
                    fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
                ),
            ],
            options={
                "table": "tier",
                "app": "models",
                "unique_together": (("version_id", "key"), ("version_id", "rank")),
                "pk_attr": "id",
                "table_description": "One step of the ladder, from rank 1 (the lowest).",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TierBenefit",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
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
                    "benefit",
                    fields.ForeignKeyField(
                        "models.Benefit",
                        source_field="benefit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "value",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "condition",
                    fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
                ),
            ],
            options={
                "table": "tier_benefit",
                "app": "models",
                "unique_together": (("tier_id", "benefit_id"), ("tier_id", "position")),
                "pk_attr": "id",
                "table_description": "A benefit as one tier gives it: its value there, and what it depends on.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TrialTerm",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("way_in", fields.CharField(max_length=32)),
                ("trial_days", fields.IntField()),
                (
                    "effective_from",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "trial_term",
                "app": "models",
                "unique_together": (("plan_id", "way_in", "effective_from"),),
                "pk_attr": "id",
                "table_description": "Trial days of a plan for one way in, from a date on.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Vendor",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("name", fields.CharField(max_length=200)),
                ("website", fields.CharField(null=True, max_length=253)),
                (
                    "address",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                ("home_currency", fields.CharField(max_length=3)),
                ("time_zone", fields.CharField(max_length=64)),
                (
                    "policies",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "vendor",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One deployment serves one vendor: a single row.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="VendorUser",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("email", fields.CharField(unique=True, max_length=254)),
                ("title", fields.CharField(null=True, max_length=120)),
                ("role", fields.CharField(max_length=32)),
                ("subject", fields.CharField(null=True, unique=True, max_length=255)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "vendor_user",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A person of the vendor: administrator, analyst or channel account manager.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("slug", fields.CharField(unique=True, max_length=80)),
                ("type", fields.CharField(max_length=32)),
                ("status", fields.CharField(max_length=32)),
                ("domain", fields.CharField(null=True, max_length=253)),
                ("currency_code", fields.CharField(max_length=3)),
                ("billing_model", fields.CharField(max_length=32)),
                ("payment_method", fields.CharField(max_length=32)),
                (
                    "referral_rate",
                    fields.DecimalField(null=True, max_digits=9, decimal_places=6),
                ),
                (
                    "manager",
                    fields.ForeignKeyField(
                        "models.VendorUser",
                        source_field="manager_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "partner",
                "app": "models",
                "indexes": [
                    Index(fields=["name_key", "id"]),
                    Index(fields=["created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A partner team.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Advisor",
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
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("email", fields.CharField(max_length=254)),
                ("role", fields.CharField(max_length=32)),
                (
                    "status",
                    fields.CharField(default=AdvisorStatus.INVITED, max_length=32),
                ),
                ("subject", fields.CharField(null=True, unique=True, max_length=255)),
                (
                    "active_from",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "active_to",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advisor",
                "app": "models",
                "unique_together": (("partner_id", "email"),),
                "indexes": [
                    Index(fields=["partner_id", "name_key", "id"]),
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["name_key", "id"]),
                    Index(fields=["created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A user of the partner team, works inside clients through assignments.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("actor_role", fields.CharField(max_length=32)),
                ("actor_id", fields.UUIDField(null=True)),
                ("api_key_id", fields.UUIDField(null=True)),
                ("action", fields.CharField(max_length=64)),
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
                ("subject_id", fields.UUIDField(null=True)),
                ("correlation_id", fields.CharField(max_length=64)),
                ("input", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "audit_entry",
                "app": "models",
                "indexes": [
                    Index(fields=["at", "id"]),
                    Index(fields=["partner_id", "at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "Who did what, with which input: one for each mutation, in its transaction.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ClientTemplate",
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
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("description", fields.TextField(default="", unique=False)),
                ("engagement_type", fields.CharField(null=True, max_length=80)),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharField(default=TemplateStatus.ACTIVE, max_length=32),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "client_template",
                "app": "models",
                "unique_together": (("partner_id", "name_key"),),
                "indexes": [
                    Index(fields=["partner_id", "name_key", "id"]),
                    Index(fields=["partner_id", "created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "The plan, content and advisors that new clients of one kind start with.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Client",
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
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("domain", fields.CharField(max_length=253)),
                ("domain_shared", fields.BooleanField(default=False)),
                ("employee_count", fields.IntField(null=True)),
                (
                    "bracket",
                    fields.ForeignKeyField(
                        "models.EmployeeBracket",
                        source_field="bracket_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("size_source", fields.CharField(max_length=32)),
                (
                    "status",
                    fields.CharField(default=ClientStatus.ACTIVE, max_length=32),
                ),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "template",
                    fields.ForeignKeyField(
                        "models.ClientTemplate",
                        source_field="template_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_by", fields.UUIDField(null=True)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "archived_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "client",
                "app": "models",
                "indexes": [
                    Index(fields=["partner_id", "name_key", "id"]),
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["name_key", "id"]),
                    Index(fields=["created_at", "id"]),
                    Index(fields=["domain"]),
                    Index(fields=["template_id", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A client team, it belongs to exactly one partner.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="AdvisorAssignment",
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
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "advisor",
                    fields.ForeignKeyField(
                        "models.Advisor",
                        source_field="advisor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("role", fields.CharField(default=AssignmentRole.ADMIN, max_length=32)),
                (
                    "assigned_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "ended_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "advisor_assignment",
                "app": "models",
                "indexes": [
                    Index(fields=["client_id", "assigned_at", "id"]),
                    Index(fields=["advisor_id", "assigned_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "An advisor working inside a client, from a moment until another.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ClientUser",
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
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("name_key", SortKeyField(max_length=200)),
                ("email", fields.CharField(max_length=254)),
                (
                    "status",
                    fields.CharField(default=ClientUserStatus.INVITED, max_length=32),
                ),
                ("subject", fields.CharField(null=True, unique=True, max_length=255)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "client_user",
                "app": "models",
                "unique_together": (("client_id", "email"),),
                "indexes": [
                    Index(fields=["client_id", "name_key", "id"]),
                    Index(fields=["client_id", "created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A user of one client team.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("public_id", fields.CharField(unique=True, max_length=32)),
                ("secret_hash", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=120)),
                ("role", fields.CharField(max_length=32)),
                (
                    "scopes",
                    fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
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
                    "vendor_user",
                    fields.ForeignKeyField(
                        "models.VendorUser",
                        source_field="vendor_user_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "advisor",
                    fields.ForeignKeyField(
                        "models.Advisor",
                        source_field="advisor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "client_user",
                    fields.ForeignKeyField(
                        "models.ClientUser",
                        source_field="client_user_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "revoked_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "api_key",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A key `pg_<public_id>.<secret>` and what it may do.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentLibrary",
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
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                ("name", fields.CharField(max_length=200)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "content_library",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The vendor's open library (no partner), or the exclusive library of one partner.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentItem",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "library",
                    fields.ForeignKeyField(
                        "models.ContentLibrary",
                        source_field="library_id",
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
                ("kind", fields.CharField(max_length=32)),
                ("title", fields.CharField(max_length=200)),
                ("title_key", SortKeyField(max_length=200)),
                ("description", fields.TextField(default="", unique=False)),
                (
                    "tags",
                    fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
                ),
                ("price_minor", fields.BigIntField(null=True)),
                ("price_currency", fields.CharField(null=True, max_length=3)),
                (
                    "audience_tiers",
                    fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "adopted_item",
                    fields.ForeignKeyField(
                        "models.ContentItem",
                        source_field="adopted_item_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("locked", fields.BooleanField(default=False)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "content_item",
                "app": "models",
                "indexes": [
                    Index(fields=["library_id", "title_key", "id"]),
                    Index(fields=["library_id", "created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One asset of a library.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentVersion",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "item",
                    fields.ForeignKeyField(
                        "models.ContentItem",
                        source_field="item_id",
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
                ("number", fields.IntField()),
                (
                    "status",
                    fields.CharField(default=VersionStatus.DRAFT, max_length=32),
                ),
                ("body", fields.TextField(unique=False)),
                ("checksum", fields.CharField(max_length=64)),
                ("notes", fields.TextField(default="", unique=False)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "published_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "retired_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "content_version",
                "app": "models",
                "unique_together": (("item_id", "number"),),
                "pk_attr": "id",
                "table_description": "One numbered version of an item, it never changes once it is published.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentGrant",
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
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "item",
                    fields.ForeignKeyField(
                        "models.ContentItem",
                        source_field="item_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "version",
                    fields.ForeignKeyField(
                        "models.ContentVersion",
                        source_field="version_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("source", fields.CharField(max_length=32)),
                (
                    "granted_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "content_grant",
                "app": "models",
                "unique_together": (("client_id", "item_id"),),
                "indexes": [
                    Index(fields=["client_id", "granted_at", "id"]),
                    Index(fields=["client_id", "version_id"]),
                ],
                "pk_attr": "id",
                "table_description": "A version of an item that a client has.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("sequence", fields.BigIntField(null=True, unique=True)),
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
                ("partner_sequence", fields.BigIntField(null=True)),
                (
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("type", fields.CharField(max_length=32)),
                ("subject_id", fields.UUIDField()),
                ("actor_role", fields.CharField(max_length=32)),
                ("actor_id", fields.UUIDField(null=True)),
                (
                    "data",
                    fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                ),
                (
                    "occurred_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "event",
                "app": "models",
                "unique_together": (("partner_id", "partner_sequence"),),
                "indexes": [
                    Index(fields=["partner_id", "sequence"]),
                    Index(fields=["client_id", "sequence"]),
                    Index(fields=["subject_id"]),
                ],
                "pk_attr": "id",
                "table_description": "One thing that happened. The relay gives it its place in the order after commit.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="SlotEntry",
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
                ("kind", fields.CharField(max_length=32)),
                ("quantity", fields.IntField()),
                (
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("note", fields.CharField(default="", max_length=200)),
                (
                    "created_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "slot_entry",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "created_at", "id"])],
                "pk_attr": "id",
                "table_description": "One entry of a partner's slot ledger: what is available is the sum of quantities.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Subscription",
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
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "bracket",
                    fields.ForeignKeyField(
                        "models.EmployeeBracket",
                        source_field="bracket_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "price",
                    fields.ForeignKeyField(
                        "models.Price",
                        source_field="price_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("status", fields.CharField(max_length=32)),
                ("payer", fields.CharField(max_length=32)),
                ("interval", fields.CharField(max_length=32)),
                ("currency_code", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                (
                    "started_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "billing_starts_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                (
                    "cancelled_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "subscription",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "started_at", "id"])],
                "pk_attr": "id",
                "table_description": "A client's paid licence: payer and price are kept from the day it starts.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TemplateAdvisor",
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
                    "template",
                    fields.ForeignKeyField(
                        "models.ClientTemplate",
                        source_field="template_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "advisor",
                    fields.ForeignKeyField(
                        "models.Advisor",
                        source_field="advisor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
            ],
            options={
                "table": "template_advisor",
                "app": "models",
                "unique_together": (
                    ("template_id", "advisor_id"),
                    ("template_id", "position"),
                ),
                "pk_attr": "id",
                "table_description": "An advisor whom new clients of a template get unless others are named.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TemplateItem",
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
                    "template",
                    fields.ForeignKeyField(
                        "models.ClientTemplate",
                        source_field="template_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "item",
                    fields.ForeignKeyField(
                        "models.ContentItem",
                        source_field="item_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "version",
                    fields.ForeignKeyField(
                        "models.ContentVersion",
                        source_field="version_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
            ],
            options={
                "table": "template_item",
                "app": "models",
                "unique_together": (
                    ("template_id", "item_id"),
                    ("template_id", "position"),
                ),
                "pk_attr": "id",
                "table_description": "A content item of a template: at a version, or (null) the latest published one.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TierDecision",
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
                    "from_tier",
                    fields.ForeignKeyField(
                        "models.Tier",
                        source_field="from_tier_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "to_tier",
                    fields.ForeignKeyField(
                        "models.Tier",
                        source_field="to_tier_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("direction", fields.CharField(max_length=32)),
                ("origin", fields.CharField(max_length=32)),
                ("reason", fields.TextField(unique=False)),
                ("decided_by", fields.UUIDField(null=True)),
                (
                    "decided_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "tier_decision",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "decided_at", "id"])],
                "pk_attr": "id",
                "table_description": "One immutable decision on a partner's tier.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BenefitChange",
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
                    "decision",
                    fields.ForeignKeyField(
                        "models.TierDecision",
                        source_field="decision_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "tier_benefit",
                    fields.ForeignKeyField(
                        "models.TierBenefit",
                        source_field="tier_benefit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("change", fields.CharField(max_length=32)),
                ("position", fields.IntField()),
            ],
            options={
                "table": "benefit_change",
                "app": "models",
                "unique_together": (("decision_id", "change", "position"),),
                "pk_attr": "id",
                "table_description": "A benefit that a decision gave (GAINED) or took (LOST), with its value then.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Standing",
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
                    "tier",
                    fields.ForeignKeyField(
                        "models.Tier",
                        source_field="tier_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("tier_rank", fields.IntField(default=0)),
                (
                    "decision",
                    fields.ForeignKeyField(
                        "models.TierDecision",
                        source_field="decision_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "standing",
                "app": "models",
                "unique_together": (("partner_id", "program_id"),),
                "indexes": [
                    Index(fields=["program_id", "tier_rank", "id"]),
                    Index(fields=["program_id", "since", "id"]),
                    Index(fields=["tier_id", "partner_id"]),
                ],
                "pk_attr": "id",
                "table_description": "Where a partner is in a program now, the decision says why.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Trial",
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
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "former_plan",
                    fields.ForeignKeyField(
                        "models.Plan",
                        source_field="former_plan_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "started_at",
                    fields.DatetimeField(auto_now=False, auto_now_add=False),
                ),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "trial",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The one trial a client may ever have.",
            },
            bases=["Record"],
        ),
    ]
