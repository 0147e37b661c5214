"""A compliance report as a table: a line for each partner, three columns for each condition."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from app.domain.csv_text import csv_line
from app.domain.programs.compliance import all_conditions
from app.domain.programs.explaining import condition_json
from app.domain.programs.model import Condition, TierDefinition
from app.services.programs.compliance import ComplianceReport, Row

COLUMNS = (
    *("partner", "slug", "type", "currency", "program", "as_of", "known_at", "tier_held"),
    *("held_since", "tier_qualified", "compliant", "failing", "pinned", "grace_until"),
    "held_until",
)


async def compliance_csv(report: ComplianceReport) -> AsyncIterator[str]:
    """The lines of the table, some at a time, the names of the columns first.

    Numbers are plain decimals, amounts of money in major units of the condition's currency;
    moments are UTC; an unpublished threshold and a value that is not known are empty.
    """
    conditions = all_conditions(report.version.definition)
    titles = (f"{each.label} ({of})" for each in conditions for of in _OF)
    yield csv_line([*COLUMNS, *titles])
    async for batch in report.batches():
        yield "".join(csv_line(_cells(report, row, conditions)) for row in batch)


_OF = ("value", "threshold", "remaining")


def _cells(report: ComplianceReport, row: Row, conditions: Sequence[Condition]) -> list[str | None]:
    found = row.compliance
    results = [condition_json(found.verdict, each) for each in conditions]
    return [
        row.name,
        row.slug,
        row.type,
        row.currency,
        found.program.key,
        _time(report.as_of),
        _time(report.known_at),
        _key(found.tier_held),
        _time(found.held.since),
        _key(found.tier_qualified),
        "yes" if found.compliant else "no",
        "; ".join(found.failing),
        found.pin_reason,
        _utc(found.kept.grace_until),
        _utc(found.kept.held_until),
        *(each[of] and each[of]["text"] for each in results for of in _OF),
    ]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _utc(text: str | None) -> str | None:
    return _time(datetime.fromisoformat(text)) if text else None


def _key(tier: TierDefinition | None) -> str | None:
    return tier.key if tier else None
