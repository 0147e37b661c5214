"""Bulk inserts: COPY on PostgreSQL, multi-row statements on SQLite."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from tortoise import fields
from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database, Dialect
from app.persistence.models import (
    ActivityRecord,
    Advisor,
    AdvisorAssignment,
    Benefit,
    BenefitChange,
    BillingPolicy,
    BundlePrice,
    BundlePurchase,
    Client,
    ClientTemplate,
    ClientUser,
    ContentAudience,
    ContentGrant,
    ContentItem,
    ContentLibrary,
    ContentPush,
    ContentPushEntry,
    ContentSale,
    ContentVersion,
    EmployeeBracket,
    Evaluation,
    Event,
    ExchangeRate,
    Invitation,
    Partner,
    PartnerGroup,
    PartnerGroupMember,
    Plan,
    Price,
    PriceBook,
    ProgramVersion,
    SlotEntry,
    SpokeBundle,
    Standing,
    Subscription,
    SubscriptionTerm,
    TaxRule,
    TemplateAdvisor,
    TemplateItem,
    Tier,
    TierApproval,
    TierBenefit,
    TierDecision,
    TierPin,
    TierProgram,
    Trial,
    TrialTerm,
    Vendor,
    VendorUser,
)
from app.persistence.models.base import Record

Row = dict[str, Any]

# Tables in the order of their references.
TABLES: tuple[type[Record], ...] = (
    Vendor,
    VendorUser,
    Plan,
    EmployeeBracket,
    TrialTerm,
    PriceBook,
    Price,
    SpokeBundle,
    BundlePrice,
    BillingPolicy,
    TaxRule,
    TierProgram,
    ProgramVersion,
    Tier,
    Benefit,
    TierBenefit,
    ExchangeRate,
    Partner,
    PartnerGroup,
    PartnerGroupMember,
    Advisor,
    ContentLibrary,
    ContentItem,
    ContentVersion,
    ContentAudience,
    ClientTemplate,
    TemplateItem,
    TemplateAdvisor,
    Client,
    Subscription,
    SubscriptionTerm,
    Trial,
    BundlePurchase,
    SlotEntry,
    AdvisorAssignment,
    ClientUser,
    Invitation,
    ContentGrant,
    ContentPush,
    ContentPushEntry,
    ContentSale,
    ActivityRecord,
    Evaluation,
    TierApproval,
    TierPin,
    TierDecision,
    BenefitChange,
    Standing,
    Event,
)


class Rows:
    """Rows to write, by table. Columns that are not given are null."""

    def __init__(self) -> None:
        self.of: dict[type[Record], list[Row]] = {table: [] for table in TABLES}

    def add(self, table: type[Record], **columns: Any) -> None:
        """Add a row. Columns have the names of the database, such as `partner_id`."""
        self.of[table].append(columns)

    def extend(self, other: "Rows") -> None:
        """Append all rows of another set."""
        for table, rows in other.of.items():
            self.of[table] += rows

    def __len__(self) -> int:
        return sum(map(len, self.of.values()))


async def write(database: Database, rows: Rows) -> None:
    """Write all rows inside the open unit of work, tables in the order of their references."""
    for table, some in rows.of.items():
        if some:
            await _write_table(database.dialect, table, some)


async def _write_table(dialect: Dialect, table: type[Record], rows: Sequence[Row]) -> None:
    columns = _columns(dialect, table)
    values = _values(columns, rows)
    client = get_connection(WRITER)
    name = table._meta.db_table
    if dialect == "postgres":
        # Several times faster than INSERT, and constraints are still checked.
        await client._connection.copy_records_to_table(  # type: ignore[attr-defined]
            name, records=values, columns=list(columns)
        )
        return
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    await client.execute_many(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(values))


Convert = Callable[[Any], Any]


def _values(columns: dict[str, Convert | None], rows: Iterable[Row]) -> Iterable[list[Any]]:
    converted = list(columns.items())
    for row in rows:
        yield [
            value if convert is None or value is None else convert(value)
            for value, convert in ((row.get(name), convert) for name, convert in converted)
        ]


@cache
def _columns(dialect: Dialect, table: type[Record]) -> dict[str, Convert | None]:
    """Return the columns of a table, each with its conversion for the driver, if it needs one.

    Columns that the database fills are left out.
    """
    meta = table._meta
    return {
        column: _converter(dialect, meta.fields_map[name])
        for name, column in meta.fields_db_projection.items()
        if not meta.fields_map[name].has_db_default()
    }


def _converter(dialect: Dialect, field: fields.Field[Any]) -> Convert | None:
    if isinstance(field, fields.JSONField):
        return lambda value: orjson.dumps(value).decode()
    if dialect == "sqlite":
        if isinstance(field, (fields.UUIDField, fields.DecimalField)):
            return str
        if isinstance(field, fields.DatetimeField):
            # As Tortoise writes it, so that text sorts like time.
            return lambda value: value.isoformat(" ")
    return None
