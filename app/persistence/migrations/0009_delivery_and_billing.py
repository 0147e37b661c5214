"""Invoices, income, terms, bundles, taxes and policies; invitations; audiences, pushes, sales, files."""

import json
from typing import Any

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from app.domain.ids import new_id
from app.domain.income import AccrualStatus, StatementStatus
from app.domain.invoices import InvoiceKind, InvoiceStatus


async def _keep_audiences(apps: Any, editor: Any) -> None:
    """Make rows of the tiers that content items are for."""
    items = await editor.client.execute_query_dict("SELECT id, audience_tiers FROM content_item")
    for item in items:
        keys = item["audience_tiers"]
        for key in json.loads(keys) if isinstance(keys, str) else keys:
            text = key.replace("'", "''")
            await editor.client.execute_script(
                "INSERT INTO content_audience (id, item_id, kind, key)"
                f" VALUES ('{new_id()}', '{item['id']}', 'TIER', '{text}')"
            )


async def _keep_policies(apps: Any, editor: Any) -> None:
    """Make a row of what the vendor has decided, with a plain beginning for what is new."""
    for vendor in await editor.client.execute_query_dict("SELECT policies FROM vendor"):
        decided = vendor["policies"]
        decided = json.loads(decided) if isinstance(decided, str) else decided
        returns = "TRUE" if decided.get("returnSlotOnArchive", False) else "FALSE"
        await editor.client.execute_script(
            "INSERT INTO billing_policy (id, effective_from, advisor_fee_rule, rate_lock,"
            " content_cut, payment_days, invitation_days, return_slot_on_archive)"
            f" VALUES ('{new_id()}', '2024-01-01 00:00:00+00:00', 'ANY_TIME', 'AT_CONTRACT_START',"
            f" '0', 30, 14, {returns})"
        )


class Migration(migrations.Migration):
    dependencies = [("models", "0008_tier_engine_constraints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Attachment",
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
                ("name", fields.CharField(max_length=200)),
                ("media_type", fields.CharField(max_length=120)),
                ("size", fields.BigIntField()),
                ("checksum", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "attachment",
                "app": "models",
                "unique_together": (("version_id", "name"),),
                "constraints": [CheckConstraint(check="size >= 0", name="ck_attachment_size")],
                "indexes": [Index(fields=["version_id", "created_at", "id"])],
                "pk_attr": "id",
                "table_description": "A file that belongs to a version of an item, its bytes are in the storage.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BillingPolicy",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "effective_from",
                    fields.DatetimeField(unique=True, auto_now=False, auto_now_add=False),
                ),
                ("advisor_fee_rule", fields.CharField(max_length=32)),
                ("rate_lock", fields.CharField(max_length=32)),
                ("content_cut", fields.DecimalField(max_digits=9, decimal_places=6)),
                ("payment_days", fields.IntField()),
                ("invitation_days", fields.IntField()),
                ("return_slot_on_archive", fields.BooleanField()),
            ],
            options={
                "table": "billing_policy",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="advisor_fee_rule IN ('ANY_TIME', 'END_OF_PERIOD')",
                        name="ck_billing_policy_advisor_fee_rule",
                    ),
                    CheckConstraint(
                        check="rate_lock IN ('AT_CONTRACT_START', 'FLOATING')",
                        name="ck_billing_policy_rate_lock",
                    ),
                    CheckConstraint(
                        check="payment_days >= 0 AND invitation_days >= 1",
                        name="ck_billing_policy_days",
                    ),
                ],
                "pk_attr": "id",
                "table_description": "What the vendor decides about billing, from a moment on.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BillingRun",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("period", fields.CharField(max_length=7)),
                ("issues", fields.BooleanField()),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "completed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("partner_count", fields.IntField(default=0)),
                ("invoice_count", fields.IntField(default=0)),
                ("line_count", fields.IntField(default=0)),
            ],
            options={
                "table": "billing_run",
                "app": "models",
                "indexes": [Index(fields=["started_at", "id"])],
                "pk_attr": "id",
                "table_description": "A billing of all partners for a period, what is in it is with the invoices.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentAudience",
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
                ("kind", fields.CharField(max_length=32)),
                ("key", fields.CharField(max_length=60)),
            ],
            options={
                "table": "content_audience",
                "app": "models",
                "unique_together": (("item_id", "kind", "key"),),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('TIER', 'GROUP')", name="ck_content_audience_kind"
                    )
                ],
                "pk_attr": "id",
                "table_description": "A tier or a group whose partners an open item is for, an item without any is for all.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentPush",
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
                ("pushed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("pushed_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "content_push",
                "app": "models",
                "indexes": [
                    Index(fields=["item_id", "version_id", "id"]),
                    Index(fields=["partner_id", "pushed_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A version that was brought to the templates and clients that use its item.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentPushEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "push",
                    fields.ForeignKeyField(
                        "models.ContentPush",
                        source_field="push_id",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
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
                ("outcome", fields.CharField(max_length=32)),
                (
                    "from_version",
                    fields.ForeignKeyField(
                        "models.ContentVersion",
                        source_field="from_version_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "content_push_entry",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="outcome IN ('UPDATED', 'ADDED', 'LOCKED', 'UP_TO_DATE')",
                        name="ck_content_push_entry_outcome",
                    )
                ],
                "indexes": [Index(fields=["push_id", "partner_id", "id"])],
                "pk_attr": "id",
                "table_description": "What a push did to one adopted item, template or client.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="ContentSale",
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
                ("currency_code", fields.CharField(max_length=3)),
                ("price_minor", fields.BigIntField()),
                ("cut_rate", fields.DecimalField(max_digits=9, decimal_places=6)),
                ("cut_minor", fields.BigIntField()),
                ("revenue_minor", fields.BigIntField()),
                ("payer", fields.CharField(max_length=32)),
                ("sold_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sold_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "content_sale",
                "app": "models",
                "unique_together": (("client_id", "item_id"),),
                "constraints": [
                    CheckConstraint(
                        check="payer IN ('PARTNER', 'CLIENT')", name="ck_content_sale_payer"
                    ),
                    CheckConstraint(
                        check="price_minor = cut_minor + revenue_minor AND cut_minor >= 0 AND revenue_minor >= 0",
                        name="ck_content_sale_parts",
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "sold_at", "id"]),
                    Index(fields=["client_id", "sold_at", "id"]),
                    Index(fields=["item_id", "sold_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "An item that a partner sold to a client, with what each side gets of it.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="DocumentCounter",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("kind", fields.CharField(unique=True, max_length=32)),
                ("last_number", fields.BigIntField()),
            ],
            options={
                "table": "document_counter",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The last number given to a kind of document.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Invitation",
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
                ("email", fields.CharField(max_length=254)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.UUIDField(null=True)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "accepted_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="(advisor_id IS NULL) = (client_user_id IS NOT NULL) AND (client_id IS NULL) = (client_user_id IS NULL)",
                        name="ck_invitation_person",
                    ),
                    CheckConstraint(
                        check="accepted_at IS NULL OR revoked_at IS NULL", name="ck_invitation_end"
                    ),
                    CheckConstraint(check="expires_at > created_at", name="ck_invitation_expiry"),
                ],
                "indexes": [
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["advisor_id"]),
                    Index(fields=["client_user_id"]),
                ],
                "pk_attr": "id",
                "table_description": "An invitation of one advisor or client user, to be accepted once until it expires.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("kind", fields.CharField(default=InvoiceKind.INVOICE, max_length=32)),
                ("status", fields.CharField(default=InvoiceStatus.DRAFT, max_length=32)),
                ("number", fields.BigIntField(null=True, unique=True)),
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("period", fields.CharField(max_length=7)),
                ("currency_code", fields.CharField(max_length=3)),
                ("subtotal_minor", fields.BigIntField(default=0)),
                ("tax_minor", fields.BigIntField(default=0)),
                ("total_minor", fields.BigIntField(default=0)),
                ("paid_minor", fields.BigIntField(default=0)),
                ("credited_minor", fields.BigIntField(default=0)),
                ("seller", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("buyer", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("issued_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("paid_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "corrects",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="corrects_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.CharField(null=True, max_length=300)),
            ],
            options={
                "table": "invoice",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('INVOICE', 'CREDIT_NOTE')", name="ck_invoice_kind"
                    ),
                    CheckConstraint(
                        check="status IN ('DRAFT', 'ISSUED', 'PAID', 'VOID')",
                        name="ck_invoice_status",
                    ),
                    CheckConstraint(
                        check="(status = 'DRAFT') = (number IS NULL) AND (status = 'DRAFT') = (issued_at IS NULL)",
                        name="ck_invoice_issued",
                    ),
                    CheckConstraint(
                        check="total_minor = subtotal_minor + tax_minor", name="ck_invoice_total"
                    ),
                    CheckConstraint(
                        check="paid_minor >= 0 AND credited_minor >= 0 AND (kind = 'CREDIT_NOTE' OR paid_minor + credited_minor <= total_minor)",
                        name="ck_invoice_balance",
                    ),
                    CheckConstraint(
                        check="(kind = 'CREDIT_NOTE') = (corrects_id IS NOT NULL)",
                        name="ck_invoice_corrects",
                    ),
                    CheckConstraint(
                        check="(status = 'VOID') = (voided_at IS NOT NULL)", name="ck_invoice_void"
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["client_id", "created_at", "id"]),
                    Index(fields=["created_at", "id"]),
                    Index(fields=["partner_id", "period", "status"]),
                    Index(fields=["corrects_id"]),
                ],
                "pk_attr": "id",
                "table_description": "What one payer owes for a period, or (a credit note) gets back of it.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="InvoiceSection",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                ("title", fields.CharField(max_length=200)),
                ("subtotal_minor", fields.BigIntField()),
                ("currency_code", fields.CharField(max_length=3)),
            ],
            options={
                "table": "invoice_section",
                "app": "models",
                "unique_together": (("invoice_id", "position"),),
                "pk_attr": "id",
                "table_description": "The part of an invoice that is about the partner itself, or about one of its clients.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="InvoiceTax",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("country", fields.CharField(max_length=2)),
                ("label", fields.CharField(max_length=60)),
                ("rate", fields.DecimalField(max_digits=9, decimal_places=6)),
                ("base_minor", fields.BigIntField()),
                ("amount_minor", fields.BigIntField()),
                ("currency_code", fields.CharField(max_length=3)),
                ("note", fields.CharField(null=True, max_length=300)),
            ],
            options={
                "table": "invoice_tax",
                "app": "models",
                "unique_together": (("invoice_id", "label"),),
                "pk_attr": "id",
                "table_description": "The tax on an invoice, or the note that stands in its place.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PartnerGroup",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("key", fields.CharField(unique=True, max_length=60)),
                ("name", fields.CharField(max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "partner_group",
                "app": "models",
                "indexes": [Index(fields=["created_at", "id"])],
                "pk_attr": "id",
                "table_description": "A segment of partners that content may be meant for, such as a region or a pilot.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="PartnerGroupMember",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "group",
                    fields.ForeignKeyField(
                        "models.PartnerGroup",
                        source_field="group_id",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "partner_group_member",
                "app": "models",
                "unique_together": (("group_id", "partner_id"),),
                "indexes": [Index(fields=["partner_id", "added_at", "id"])],
                "pk_attr": "id",
                "table_description": "A partner of a group.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
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
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                ("reference", fields.CharField(max_length=120)),
                ("amount_minor", fields.BigIntField()),
                ("currency_code", fields.CharField(max_length=3)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("recorded_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "payment",
                "app": "models",
                "unique_together": (("invoice_id", "reference"),),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('CARD', 'BANK_TRANSFER')", name="ck_payment_kind"
                    ),
                    CheckConstraint(check="amount_minor > 0", name="ck_payment_amount"),
                ],
                "indexes": [Index(fields=["invoice_id", "received_at", "id"])],
                "pk_attr": "id",
                "table_description": "Money that came in for an invoice.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="SpokeBundle",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("code", fields.CharField(unique=True, max_length=32)),
                ("name", fields.CharField(max_length=80)),
                ("slots", fields.IntField()),
            ],
            options={
                "table": "spoke_bundle",
                "app": "models",
                "constraints": [CheckConstraint(check="slots >= 1", name="ck_spoke_bundle_slots")],
                "pk_attr": "id",
                "table_description": "A block of assessment slots that partners buy.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BundlePrice",
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
                    "bundle",
                    fields.ForeignKeyField(
                        "models.SpokeBundle",
                        source_field="bundle_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
            ],
            options={
                "table": "bundle_price",
                "app": "models",
                "unique_together": (("price_book_id", "bundle_id"),),
                "constraints": [
                    CheckConstraint(check="amount_minor >= 0", name="ck_bundle_price_amount")
                ],
                "pk_attr": "id",
                "table_description": "What a bundle costs by a price book, in minor units.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="BundlePurchase",
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
                    "bundle",
                    fields.ForeignKeyField(
                        "models.SpokeBundle",
                        source_field="bundle_id",
                        null=True,
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("source", fields.CharField(max_length=32)),
                ("quantity", fields.IntField()),
                ("slots", fields.IntField()),
                (
                    "price_book",
                    fields.ForeignKeyField(
                        "models.PriceBook",
                        source_field="price_book_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("currency_code", fields.CharField(max_length=3)),
                ("unit_amount_minor", fields.BigIntField()),
                ("amount_minor", fields.BigIntField()),
                ("note", fields.CharField(default="", max_length=200)),
                ("bought_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("bought_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "bundle_purchase",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="source IN ('BOUGHT', 'INCLUDED')", name="ck_bundle_purchase_source"
                    ),
                    CheckConstraint(
                        check="quantity >= 1 AND slots >= 1", name="ck_bundle_purchase_slots"
                    ),
                    CheckConstraint(
                        check="unit_amount_minor >= 0 AND amount_minor >= 0",
                        name="ck_bundle_purchase_amount",
                    ),
                    CheckConstraint(
                        check="source <> 'INCLUDED' OR (amount_minor = 0 AND bundle_id IS NULL)",
                        name="ck_bundle_purchase_included",
                    ),
                ],
                "indexes": [Index(fields=["partner_id", "bought_at", "id"])],
                "pk_attr": "id",
                "table_description": "Slots that a partner bought, or that came with its agreement at no charge.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("number", fields.BigIntField(unique=True)),
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
                ("status", fields.CharField(default=StatementStatus.ISSUED, max_length=32)),
                ("currency_code", fields.CharField(max_length=3)),
                ("total_minor", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("paid_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reference", fields.CharField(null=True, max_length=120)),
            ],
            options={
                "table": "statement",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="status IN ('ISSUED', 'PAID')", name="ck_statement_status"
                    ),
                    CheckConstraint(
                        check="(status = 'PAID') = (paid_at IS NOT NULL)", name="ck_statement_paid"
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "created_at", "id"]),
                    Index(fields=["created_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "What a partner is paid out in one go.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="SubscriptionTerm",
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
                    "subscription",
                    fields.ForeignKeyField(
                        "models.Subscription",
                        source_field="subscription_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("payer", fields.CharField(max_length=32)),
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
                ("interval", fields.CharField(max_length=32)),
                ("currency_code", fields.CharField(max_length=3)),
                ("full_amount_minor", fields.BigIntField()),
                ("days", fields.IntField()),
                ("full_days", fields.IntField()),
                ("amount_minor", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "subscription_term",
                "app": "models",
                "unique_together": (("subscription_id", "starts_at"),),
                "constraints": [
                    CheckConstraint(
                        check="payer IN ('PARTNER', 'CLIENT')", name="ck_subscription_term_payer"
                    ),
                    CheckConstraint(
                        check="interval IN ('MONTH', 'YEAR')", name="ck_subscription_term_interval"
                    ),
                    CheckConstraint(
                        check="ends_at > starts_at", name="ck_subscription_term_length"
                    ),
                    CheckConstraint(
                        check="days >= 1 AND days <= full_days", name="ck_subscription_term_days"
                    ),
                    CheckConstraint(
                        check="amount_minor >= 0 AND amount_minor <= full_amount_minor",
                        name="ck_subscription_term_amount",
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "starts_at", "id"]),
                    Index(fields=["client_id", "starts_at", "id"]),
                    Index(fields=["subscription_id", "starts_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One paid-for stretch of a subscription, and how its charge came about. It never changes.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "section",
                    fields.ForeignKeyField(
                        "models.InvoiceSection",
                        source_field="section_id",
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                ("kind", fields.CharField(max_length=32)),
                ("description", fields.CharField(max_length=300)),
                ("quantity", fields.IntField()),
                ("unit_amount_minor", fields.BigIntField()),
                ("amount_minor", fields.BigIntField()),
                ("currency_code", fields.CharField(max_length=3)),
                ("source_key", fields.CharField(null=True, unique=True, max_length=80)),
                ("explanation", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "subscription_term",
                    fields.ForeignKeyField(
                        "models.SubscriptionTerm",
                        source_field="subscription_term_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "bundle_purchase",
                    fields.ForeignKeyField(
                        "models.BundlePurchase",
                        source_field="bundle_purchase_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "content_sale",
                    fields.ForeignKeyField(
                        "models.ContentSale",
                        source_field="content_sale_id",
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
                    "credits",
                    fields.ForeignKeyField(
                        "models.InvoiceLine",
                        source_field="credits_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "activity_record",
                    fields.ForeignKeyField(
                        "models.ActivityRecord",
                        source_field="activity_record_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "invoice_line",
                "app": "models",
                "unique_together": (("invoice_id", "position"),),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('SUBSCRIPTION', 'ADVISOR_FEE', 'BUNDLE', 'CONTENT_SALE', 'CREDIT')",
                        name="ck_invoice_line_kind",
                    ),
                    CheckConstraint(
                        check="(kind = 'CREDIT') = (credits_id IS NOT NULL)",
                        name="ck_invoice_line_credit",
                    ),
                ],
                "indexes": [
                    Index(fields=["section_id", "position"]),
                    Index(fields=["client_id", "id"]),
                    Index(fields=["credits_id"]),
                    Index(fields=["subscription_term_id"]),
                    Index(fields=["activity_record_id"]),
                ],
                "pk_attr": "id",
                "table_description": "One charge, and how it came about.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="Accrual",
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
                    "line",
                    fields.ForeignKeyField(
                        "models.InvoiceLine",
                        source_field="line_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=32)),
                ("status", fields.CharField(default=AccrualStatus.PENDING, max_length=32)),
                ("currency_code", fields.CharField(max_length=3)),
                ("base_minor", fields.BigIntField()),
                ("rate", fields.DecimalField(max_digits=9, decimal_places=6)),
                ("amount_minor", fields.BigIntField()),
                ("rate_source", fields.CharField(max_length=32)),
                ("program_key", fields.CharField(null=True, max_length=60)),
                ("tier_key", fields.CharField(null=True, max_length=60)),
                ("accrued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "approved_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("paid_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "reversed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "reverses",
                    fields.ForeignKeyField(
                        "models.Accrual",
                        source_field="reverses_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "statement",
                    fields.ForeignKeyField(
                        "models.Statement",
                        source_field="statement_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "accrual",
                "app": "models",
                "unique_together": (("line_id", "kind"),),
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('REFERRAL', 'CONTENT_REVENUE')", name="ck_accrual_kind"
                    ),
                    CheckConstraint(
                        check="status IN ('PENDING', 'APPROVED', 'PAID', 'REVERSED')",
                        name="ck_accrual_status",
                    ),
                    CheckConstraint(
                        check="rate_source IN ('OVERRIDE', 'TIER', 'SALE')",
                        name="ck_accrual_rate_source",
                    ),
                    CheckConstraint(
                        check="(status = 'REVERSED') = (reversed_at IS NOT NULL)",
                        name="ck_accrual_reversed",
                    ),
                    CheckConstraint(
                        check="(reverses_id IS NULL) = (amount_minor >= 0 AND base_minor >= 0)",
                        name="ck_accrual_sign",
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "accrued_at", "id"]),
                    Index(fields=["client_id", "accrued_at", "id"]),
                    Index(fields=["accrued_at", "id"]),
                    Index(fields=["partner_id", "status", "currency_code"]),
                    Index(fields=["statement_id", "accrued_at", "id"]),
                    Index(fields=["reverses_id"]),
                ],
                "pk_attr": "id",
                "table_description": "A partner's share of one invoice line.",
            },
            bases=["Record"],
        ),
        ops.CreateModel(
            name="TaxRule",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True),
                ),
                ("country", fields.CharField(max_length=2)),
                ("label", fields.CharField(max_length=60)),
                ("rate", fields.DecimalField(max_digits=9, decimal_places=6)),
                ("reverse_charge_note", fields.CharField(null=True, max_length=300)),
                ("effective_from", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tax_rule",
                "app": "models",
                "unique_together": (("country", "effective_from"),),
                "pk_attr": "id",
                "table_description": "The tax on invoices to payers of a country, from a moment on.",
            },
            bases=["Record"],
        ),
        ops.AddField(
            model_name="Client",
            name="billing_address",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Client",
            name="tax_id",
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name="ContentGrant",
            name="locked",
            field=fields.BooleanField(null=True),
        ),
        ops.RunSQL("UPDATE content_grant SET locked = FALSE"),
        ops.AlterField(
            model_name="ContentGrant",
            name="locked",
            field=fields.BooleanField(default=False),
        ),
        ops.RunPython(_keep_audiences),
        ops.RunPython(_keep_policies),
        ops.RemoveField(model_name="ContentItem", name="audience_tiers"),
        ops.AddIndex(
            model_name="ContentItem",
            index=Index(fields=["adopted_item_id", "partner_id"]),
        ),
        ops.AddIndex(
            model_name="ContentGrant",
            index=Index(fields=["item_id", "granted_at", "id"]),
        ),
        ops.AddIndex(
            model_name="TemplateItem",
            index=Index(fields=["item_id", "template_id", "id"]),
        ),
        ops.AddIndex(
            model_name="Client",
            index=Index(fields=["template_id", "created_at", "id"]),
        ),
        ops.AddIndex(
            model_name="Client",
            index=Index(fields=["template_id", "partner_id", "created_at", "id"]),
        ),
        ops.AddField(
            model_name="Partner",
            name="billing_address",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Partner",
            name="tax_id",
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name="PriceBook",
            name="advisor_fee_minor",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="SlotEntry",
            name="purchase",
            field=fields.ForeignKeyField(
                "models.BundlePurchase",
                source_field="purchase_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Subscription",
            name="due_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Subscription",
            name="ends_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Subscription",
            name="former_plan",
            field=fields.ForeignKeyField(
                "models.Plan",
                source_field="former_plan_id",
                null=True,
                db_constraint=True,
                to_field="code",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        # Without a trial it began with the client, which would go back to the plan without a licence.
        ops.RunSQL(
            "UPDATE subscription SET former_plan_id = COALESCE((SELECT t.former_plan_id FROM trial t"
            " WHERE t.client_id = subscription.client_id), 'FREE')"
        ),
        # No term has begun yet as far as anybody kept it: the first is due when billing starts.
        ops.RunSQL(
            "UPDATE subscription SET due_at = billing_starts_at WHERE status <> 'CANCELLED'"
        ),
        ops.AddField(
            model_name="Subscription",
            name="referral_rate",
            field=fields.DecimalField(null=True, max_digits=9, decimal_places=6),
        ),
        ops.AddField(
            model_name="Subscription",
            name="referral_rate_source",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddField(
            model_name="Subscription",
            name="referral_program_key",
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddField(
            model_name="Subscription",
            name="referral_tier_key",
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddField(
            model_name="Subscription",
            name="referral_term",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AlterField(
            model_name="Subscription",
            name="former_plan",
            field=fields.ForeignKeyField(
                "models.Plan",
                source_field="former_plan_id",
                db_constraint=True,
                to_field="code",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AlterModelOptions(
            name="Subscription",
            options={
                "table": "subscription",
                "app": "models",
                "constraints": [
                    CheckConstraint(
                        check="status IN ('TRIALING', 'ACTIVE', 'CANCELLED')",
                        name="ck_subscription_status",
                    ),
                    CheckConstraint(
                        check="payer IN ('PARTNER', 'CLIENT')", name="ck_subscription_payer"
                    ),
                    CheckConstraint(
                        check="interval IN ('MONTH', 'YEAR')", name="ck_subscription_interval"
                    ),
                    CheckConstraint(
                        check="referral_rate_source IN ('OVERRIDE', 'TIER', 'SALE')",
                        name="ck_subscription_referral_rate_source",
                    ),
                    CheckConstraint(check="amount_minor >= 0", name="ck_subscription_amount"),
                    CheckConstraint(
                        check="(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
                        name="ck_subscription_cancelled",
                    ),
                ],
                "indexes": [
                    Index(fields=["partner_id", "started_at", "id"]),
                    Index(fields=["client_id", "started_at", "id"]),
                    Index(fields=["due_at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A client's paid licence, with the terms of the term that runs.",
            },
        ),
        ops.AddIndex(
            model_name="Subscription",
            index=Index(fields=["due_at", "id"]),
        ),
        ops.AddConstraint(
            model_name="Subscription",
            constraint=CheckConstraint(
                check="referral_rate_source IN ('OVERRIDE', 'TIER', 'SALE')",
                name="ck_subscription_referral_rate_source",
            ),
        ),
        ops.AddField(
            model_name="Vendor",
            name="tax_id",
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddIndex(
            model_name="Event",
            index=Index(fields=["client_id", "sequence"]),
        ),
    ]
