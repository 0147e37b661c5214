"""On PostgreSQL, a unit of work of a partner's writes the rows of that partner alone."""

from collections.abc import Iterator
from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from app.persistence.row_guards import FUNCTION, guard, guard_keys

_OF_PARTNERS = [
    "accrual",
    "activity_record",
    "advisor",
    "advisor_assignment",
    "attachment",
    "audit_entry",
    "benefit_change",
    "bundle_purchase",
    "client_template",
    "client_user",
    "content_grant",
    "content_item",
    "content_library",
    "content_push",
    "content_push_entry",
    "content_sale",
    "content_version",
    "evaluation",
    "event",
    "invitation",
    "invoice",
    "invoice_line",
    "invoice_section",
    "invoice_tax",
    "partner_group_member",
    "payment",
    "slot_entry",
    "standing",
    "statement",
    "subscription",
    "subscription_term",
    "template_advisor",
    "template_item",
    "tier_approval",
    "tier_decision",
    "tier_pin",
    "trial",
    "webhook_attempt",
    "webhook_delivery",
    "webhook_endpoint",
]
_OF_THE_VENDOR = [
    "benefit",
    "billing_policy",
    "billing_run",
    "bundle_price",
    "content_audience",
    "employee_bracket",
    "evaluation_run",
    "exchange_rate",
    "partner_group",
    "plan",
    "price",
    "price_book",
    "program_version",
    "spoke_bundle",
    "tax_rule",
    "tier",
    "tier_benefit",
    "tier_program",
    "trial_term",
    "vendor",
    "vendor_user",
]

# All but `domain_shared`: that a domain is at two partners is marked at both, for the vendor alone.
_OF_CLIENTS = [
    "id",
    "partner_id",
    "name",
    "name_key",
    "domain",
    "employee_count",
    "bracket_id",
    "size_source",
    "status",
    "plan_id",
    "template_id",
    "billing_address",
    "tax_id",
    "created_by",
    "created_at",
    "archived_at",
]


def _statements() -> Iterator[str]:
    yield FUNCTION
    for table in _OF_PARTNERS:
        yield from guard(table, "{row}.partner_id::text")
    yield from guard("partner", "{row}.id::text")
    yield from guard("client", "{row}.partner_id::text", _OF_CLIENTS)
    yield from guard_keys()
    for table in _OF_THE_VENDOR:
        yield from guard(table)


async def _guard(apps: Any, editor: Any) -> None:
    """SQLite has no setting that a trigger could look at."""
    if editor.client.capabilities.dialect == "postgres":
        for statement in _statements():
            await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    dependencies = [("models", "0012_trust_and_delivery_constraints")]

    initial = False

    operations = [ops.RunPython(_guard)]
