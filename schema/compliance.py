"""Compliance: the tiers of all partners on a date beside what the rules make of the facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain.programs.compliance import Compliance
from app.services.programs.compliance import ComplianceReport as Report
from app.services.programs.compliance import Row
from schema.connections import PageInfo
from schema.evaluations import ConditionResult
from schema.partner_pages import Together
from schema.planned import selection_of
from schema.progress import TierOutline
from schema.results import condition_result
from schema.scalars import DateTime
from schema.simulations import as_asked, outline

if TYPE_CHECKING:
    from schema.partners import Partner
    from schema.programs import ProgramVersion


@strawberry.type(
    description="A partner's tier on a date, compared with the result of the rules for its facts."
)
class PartnerCompliance:
    """One line of a report."""

    tier_held: TierOutline | None = strawberry.field(
        description="The tier that it held by the last decision up to that date; null for none."
    )
    held_since: DateTime | None = strawberry.field(
        description="When that was decided; null before the first decision."
    )
    tier_qualified: TierOutline | None = strawberry.field(
        description="The highest tier whose rules it met; null for none. Where a threshold is not "
        "published, what the vendor had approved by then counts as met."
    )
    compliant: bool = strawberry.field(
        description="Whether it qualified for the tier that it held, or a higher one. A partner in "
        "no tier is compliant."
    )
    failing: list[str] = strawberry.field(
        description="The labels of the conditions of the tier that it held and did not meet. "
        "Empty if it was compliant."
    )
    pinned: str | None = strawberry.field(
        description="Why the vendor held it in its tier then; null if it did not."
    )
    grace_until: DateTime | None = strawberry.field(
        description="The end of the grace period that kept the tier, as of that date; null if it "
        "did not."
    )
    held_until: DateTime | None = strawberry.field(
        description="The end of the hold that kept the tier, as of that date; null if it did not."
    )
    found: strawberry.Private[Compliance]
    partner_id: strawberry.Private[UUID]
    partners: strawberry.Private[Together]

    @strawberry.field(
        description="The results for the conditions of the gate and of the tier that it held; of "
        "the lowest tier, if it held none."
    )
    def conditions(self, info: strawberry.Info) -> list[ConditionResult]:
        """Conditions."""
        return as_asked(info, [condition_result(each) for each in self.found.results()])

    @strawberry.field(description="The partner, in its current state.")
    async def partner(
        self, info: strawberry.Info
    ) -> Annotated["Partner", strawberry.lazy("schema.partners")]:
        """The partner, read with the others of the page."""
        return await self.partners.get(info, self.partner_id)


@strawberry.type(description="A tier, and how many partners it had and should have had.")
class TierCompliance:
    """A tier in numbers."""

    tier: TierOutline | None = strawberry.field(description="The tier; null for no tier.")
    held: int = strawberry.field(description="How many partners held it.")
    qualified: int = strawberry.field(
        description="How many partners had it for the highest tier that they qualified for."
    )


@strawberry.type(description="A whole report in numbers.")
class ComplianceSummary:
    """A report in numbers."""

    partners: int = strawberry.field(description="How many partners were in the program.")
    compliant: int = strawberry.field(
        description="How many of them qualified for the tier that they held."
    )
    by_tier: list[TierCompliance] = strawberry.field(
        description="For no tier, then for each tier, lowest first."
    )


@strawberry.type(
    description="The tiers of all partners of a program on a date, compared with the result of "
    "the rules in force then for the facts effective by then."
)
class ComplianceReport:
    """A page of a report."""

    as_of: DateTime = strawberry.field(description="The date, to the moment.")
    known_at: DateTime = strawberry.field(
        description="Facts recorded later than this do not count."
    )
    nodes: list[PartnerCompliance] = strawberry.field(
        description="A line for each partner, in the order in which they joined."
    )
    page_info: PageInfo = strawberry.field(description="The position of this page.")
    csv_path: str = strawberry.field(
        description="Where the whole report is as CSV, from the root of the service: `GET` it with "
        "the same Authorization header."
    )
    report: strawberry.Private[Report]

    @strawberry.field(description="The version of the program that was in force.")
    async def version(
        self, info: strawberry.Info
    ) -> Annotated["ProgramVersion", strawberry.lazy("schema.programs")]:
        """The version."""
        found: Any = await info.context.reads.one(selection_of(info), self.report.version.id)
        return found

    @strawberry.field(
        description="The whole report in numbers. Counted only if selected: every partner is "
        "measured for it."
    )
    async def summary(self) -> ComplianceSummary:
        """All partners counted."""
        found = await self.report.summary()
        return ComplianceSummary(
            partners=found.partners,
            compliant=found.compliant,
            by_tier=[
                TierCompliance(
                    tier=outline(tier), held=found.held[rank], qualified=found.qualified[rank]
                )
                for rank, tier in enumerate([None, *self.report.version.tiers])
            ],
        )


def lines_of(rows: Sequence[Row]) -> list[PartnerCompliance]:
    """The lines of a page."""
    partners = Together([row.partner_id for row in rows])
    return [_line(row, partners) for row in rows]


def _line(row: Row, partners: Together) -> PartnerCompliance:
    found = row.compliance
    return PartnerCompliance(
        tier_held=outline(found.tier_held),
        held_since=DateTime(found.held.since) if found.held.since else None,
        tier_qualified=outline(found.tier_qualified),
        compliant=found.compliant,
        failing=found.failing,
        pinned=found.pin_reason,
        grace_until=_time(found.kept.grace_until),
        held_until=_time(found.kept.held_until),
        found=found,
        partner_id=row.partner_id,
        partners=partners,
    )


def _time(text: str | None) -> DateTime | None:
    return None if text is None else DateTime(datetime.fromisoformat(text))
