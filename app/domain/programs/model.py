"""A tier program as typed, validated values.

Money in programs is in major units (500000 is half a million dollars), as in the file, unlike
amounts of invoices and accruals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from app.domain.partners import PartnerType
from app.domain.programs.vocabulary import (
    BenefitKind,
    DeadlineAction,
    Demotion,
    Metric,
    Operator,
    PeriodUnit,
    Promotion,
    RequirementKind,
    RetentionKind,
    WindowKind,
)

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


def decimal_text(value: Decimal, at_least: int = 0) -> str:
    """Return the canonical text of a decimal: no exponent, no trailing zeros after `at_least`
    decimals.
    """
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(at_least, "0")
    return f"{whole}.{decimals}" if decimals else whole


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, at least one unit."""

    count: int
    unit: PeriodUnit


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts. ROLLING and EACH_BUCKET have a count and a unit, CALENDAR only a
    unit.
    """

    kind: WindowKind
    count: int | None = None
    unit: PeriodUnit | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """An inclusive range."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class ByCurrency:
    """A threshold for each currency (ISO 4217), in its major units."""

    amounts: Mapping[str, Decimal] = field(hash=False)


# A number; a range; a number for each currency; one code; codes; or a flag that must be true.
Threshold: TypeAlias = Decimal | Between | ByCurrency | str | tuple[str, ...] | Literal[True]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a metric with a threshold.

    A `threshold` of None is unpublished: it is never met automatically; the vendor decides manually
    (S0). `filters` define what exactly is measured; `metrics.py` lists them for each metric. `unit`
    is that of value and threshold: an ISO 4217 code, LOCAL, or a word such as PERSON.
    """

    metric: Metric
    operator: Operator
    threshold: Threshold | None
    window: Window
    label: str
    unit: str
    filters: JsonObject = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A node of a requirement tree: a condition, or a kind that combines the nodes in `of`."""

    kind: RequirementKind
    of: tuple["Requirement", ...] = ()
    at_least: int | None = None
    condition: Condition | None = None

    @property
    def label(self) -> str:
        """The node as a sentence: the condition's own, or composed of the labels below it."""
        if self.condition:
            return self.condition.label
        if len(self.of) == 1 and self.kind is not RequirementKind.NOT:
            return self.of[0].label
        lead = {
            RequirementKind.ALL: "All of",
            RequirementKind.ANY: "Any of",
            RequirementKind.NOT: "Not",
        }.get(self.kind, f"At least {self.at_least} of")
        return f"{lead}: {'; '.join(_inner_label(node) for node in self.of)}"

    def conditions(self) -> Iterator[Condition]:
        """All conditions of the tree, in its order."""
        if self.condition:
            yield self.condition
        for node in self.of:
            yield from node.conditions()


def _inner_label(node: Requirement) -> str:
    # Nested "All of: a; b" needs brackets to stay readable.
    return f"({node.label})" if len(node.of) > 1 else node.label


@dataclass(frozen=True, slots=True)
class TierDefinition:
    """One tier of a program. Rank 1 is the lowest. Without a requirement it is open to all."""

    key: str
    name: str
    rank: int
    color: str | None
    requirement: Requirement | None


@dataclass(frozen=True, slots=True)
class BenefitGrant:
    """A benefit as one tier gives it. A condition here replaces the benefit's own.

    `value` has a `text` for people and the typed keys of the benefit's kind (see `values.py`).
    """

    tier: str
    value: JsonObject = field(hash=False)
    condition: Requirement | None = None


@dataclass(frozen=True, slots=True)
class BenefitDefinition:
    """Something the program gives; without grants it is defined but no tier gives it (S0)."""

    key: str
    name: str
    description: str
    kind: BenefitKind
    condition: Requirement | None
    grants: tuple[BenefitGrant, ...]

    def condition_in(self, grant: BenefitGrant) -> Requirement | None:
        """Return the condition of a grant: its own, else the benefit's."""
        return grant.condition or self.condition


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a tier is retained without its requirements: LIVE not at all, PERIOD_HOLD to the end
    of `period`, GRACE for `days`, with a notice `notice_days` before the end.
    """

    kind: RetentionKind
    period: Span | None = None
    days: int | None = None
    notice_days: int | None = None


@dataclass(frozen=True, slots=True)
class EntryDeadline:
    """The action for a partner that is in no tier `days` after it became active."""

    days: int
    action: DeadlineAction


@dataclass(frozen=True, slots=True)
class CertificationPolicy:
    """How long certifications are valid, and how often people certify again (S3)."""

    validity: Span
    recertify_every: Span | None


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of every year; never 29 February."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How partners move between tiers, and when they are evaluated."""

    promotion: Promotion
    retention: Retention
    demotion: Demotion
    evaluate_every: Span
    entry_deadline: EntryDeadline | None = None
    certification: CertificationPolicy | None = None
    program_year_start: MonthDay | None = None


@dataclass(frozen=True, slots=True)
class ProgramDefinition:
    """A whole program: an ordered ladder of tiers, their benefits, and the policy.

    No `partner_types` means every type. `gate` must hold to be placed in any tier at all.
    """

    key: str
    name: str
    description: str
    partner_types: tuple[PartnerType, ...]
    effective_from: datetime
    policy: Policy
    gate: Requirement | None
    tiers: tuple[TierDefinition, ...]
    benefits: tuple[BenefitDefinition, ...]

    def requirements(self) -> Iterator[Requirement]:
        """The roots of all requirement trees: gate, tiers, benefits."""
        conditions = [
            node for b in self.benefits for node in (b.condition, *(g.condition for g in b.grants))
        ]
        for node in (self.gate, *(tier.requirement for tier in self.tiers), *conditions):
            if node:
                yield node
