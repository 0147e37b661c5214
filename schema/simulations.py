"""What would be: a partner with records that it does not have, partners under another version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.domain.programs.evaluation import Decision
from app.domain.programs.explaining import requirement_json
from app.domain.programs.requirement_evaluation import Answer
from app.domain.programs.transitions import failing, way, why
from app.domain.programs.vocabulary import TierDirection
from app.reads.reader import Planned
from app.reads.selection import plain
from app.services.programs.preview_program import Mover, Preview
from app.services.programs.simulate_tier import Simulation
from schema.connections import PageInfo
from schema.evaluations import RequirementResult, TierResult
from schema.inputs.facts import FactInput
from schema.partner_pages import Together
from schema.planned import selection_of
from schema.progress import TierOutline
from schema.results import requirement_result, tier_results
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.partners import Partner
    from schema.programs import TierBenefit


@strawberry.input(description="A fact that a partner is assumed to have.")
class AssumedActivity:
    """An assumed fact."""

    fact: FactInput = strawberry.field(description="The fact, as in `recordActivity`.")
    occurred_at: DateTime | None = strawberry.field(
        default=None, description="When it takes effect; unset: the moment of the simulation."
    )
    count: int = strawberry.field(
        default=1, description="How often, such as five such deals; 1,000 for all facts together."
    )


def outline(tier: Any) -> TierOutline | None:
    """A tier in short; None for no tier."""
    return TierOutline(key=tier.key, name=tier.name, rank=tier.rank) if tier else None


@strawberry.type(description="A tier without, and with, the facts that are assumed.")
class SimulatedTier:
    """A tier before and after."""

    tier: TierOutline = strawberry.field(description="The tier.")
    met_before: Answer = strawberry.field(
        description="Whether the partner qualifies with the current facts."
    )
    met_after: Answer = strawberry.field(description="Whether it would with these facts.")
    data: strawberry.Private[tuple[Mapping[str, Any], Mapping[str, Any]]]

    @strawberry.field(description="The results with the current facts, condition by condition.")
    def before(self, info: strawberry.Info) -> TierResult:
        """Without what is assumed."""
        return as_asked(info, self.data[0])

    @strawberry.field(description="The results with these facts.")
    def after(self, info: strawberry.Info) -> TierResult:
        """With what is assumed."""
        return as_asked(info, self.data[1])


def as_asked(info: strawberry.Info, data: Any) -> Any:
    """Plain data in the shape that is selected: response data that is complete."""
    made = plain(selection_of(info).select(), data)
    return Planned(made) if isinstance(made, dict) else [Planned(each) for each in made]


@strawberry.type(
    description="The simulated evaluation of a partner with additional facts. Nothing is stored."
)
class TierSimulation:
    """A simulation."""

    at: DateTime = strawberry.field(description="The moment of the simulation.")
    tier_now: TierOutline | None = strawberry.field(
        description="The tier that the partner is in now; null if it is in none."
    )
    tier_then: TierOutline | None = strawberry.field(
        description="The tier that it would be in; null for none."
    )
    would_move: bool = strawberry.field(description="Whether its tier would change.")
    direction: TierDirection | None = strawberry.field(
        description="Which way; null if it would stay."
    )
    reason: str = strawberry.field(description="Why its tier would change, or why not.")
    needs_approval: TierOutline | None = strawberry.field(
        description="The tier that the vendor would be asked to approve; null if none. Up to the "
        "answer the partner stays where it is."
    )
    tiers: list[SimulatedTier] = strawberry.field(
        description="Every tier without and with these facts, lowest first."
    )
    gained: strawberry.Private[Sequence[UUID]]
    lost: strawberry.Private[Sequence[UUID]]
    gates: strawberry.Private[tuple[Any, Any]]

    @strawberry.field(
        description="What the program requires of everyone, with the current "
        "facts; null if nothing."
    )
    def gate_before(self, info: strawberry.Info) -> RequirementResult | None:
        """The gate without what is assumed."""
        return None if self.gates[0] is None else as_asked(info, self.gates[0])

    @strawberry.field(description="The same with these facts; null if nothing is asked.")
    def gate_after(self, info: strawberry.Info) -> RequirementResult | None:
        """The gate with what is assumed."""
        return None if self.gates[1] is None else as_asked(info, self.gates[1])

    @strawberry.field(
        description="Benefits that the partner would gain, or whose value would change."
    )
    async def benefits_gained(
        self, info: strawberry.Info
    ) -> list[Annotated["TierBenefit", strawberry.lazy("schema.programs")]]:
        """Benefits gained."""
        return await _in_order(info, self.gained)

    @strawberry.field(
        description="Benefits that the partner would lose, or whose value would change."
    )
    async def benefits_lost(
        self, info: strawberry.Info
    ) -> list[Annotated["TierBenefit", strawberry.lazy("schema.programs")]]:
        """Benefits lost."""
        return await _in_order(info, self.lost)


async def _in_order(info: strawberry.Info, ids: Sequence[UUID]) -> Any:
    if not ids:
        return []
    found = await info.context.reads.by_keys(selection_of(info), ids)
    return [found[str(id)] for id in ids if str(id) in found]


def simulation_of(found: Simulation) -> TierSimulation:
    """A simulation as the API shows it."""
    before, after = found.before, found.after
    results = [tier_results(each.result(found.contributing)) for each in (before, after)]
    asked = after.state.asked if after.state.asked > after.state.rank else 0
    now, then = found.version.tier(before.before.rank), found.version.tier(after.state.rank)
    return TierSimulation(
        at=after.evaluator.moment,  # type: ignore[arg-type]
        tier_now=outline(found.standing.tier),
        tier_then=outline(then),
        would_move=now is not then,
        direction=way(after),
        reason=why(after),
        needs_approval=outline(found.version.tier(asked)),
        tiers=[
            SimulatedTier(
                tier=TierOutline(key=a["key"], name=a["name"], rank=a["rank"]),
                met_before=Answer(a["met"]),
                met_after=Answer(b["met"]),
                data=(a, b),
            )
            for a, b in zip(*results, strict=True)
        ],
        gained=[each.source for each in found.gained if each.source],
        lost=[each.source for each in found.lost if each.source],
        gates=(_gate(before, found), _gate(after, found)),
    )


def _gate(decision: Decision, found: Simulation) -> Any:
    gate = decision.evaluator.program.gate
    return requirement_result(requirement_json(decision.verdict, gate, found.contributing))


@strawberry.type(description="A partner whose tier would change.")
class TierMove:
    """A mover."""

    from_tier: TierOutline | None = strawberry.field(
        description="The tier that it is in now; null if it is in none."
    )
    to_tier: TierOutline | None = strawberry.field(
        description="The tier of the previewed version that it would have; null for none."
    )
    direction: TierDirection = strawberry.field(description="Which way.")
    reason: str = strawberry.field(description="Why, in words.")
    at_risk_on: DateTime | None = strawberry.field(
        description="When it would lose that tier, too, if nothing changes; null if it would not."
    )
    failing: list[str] = strawberry.field(
        description="The labels of the conditions of its current tier, under the previewed "
        "version, that it does not meet. Empty if it would move up."
    )
    partner_id: strawberry.Private[UUID]
    partners: strawberry.Private[Together]

    @strawberry.field(description="The partner.")
    async def partner(
        self, info: strawberry.Info
    ) -> Annotated["Partner", strawberry.lazy("schema.partners")]:
        """The partner, read with the others of the page."""
        return await self.partners.get(info, self.partner_id)


@strawberry.type(
    description="A page of the partners that would move if a version of a program were in force "
    "now, in the order in which they joined."
)
class ProgramPreview:
    """A page of movers."""

    nodes: list[TierMove] = strawberry.field(
        description="Those who would move. There may be fewer than asked for, or none, though "
        "more follow: a page ends after 2,000 partners. Go on while `pageInfo.hasNextPage`."
    )
    page_info: PageInfo = strawberry.field(
        description="The position of the page. Its cursors are of partners that were examined, "
        "whether they would move or not."
    )
    examined: int = strawberry.field(description="The number of partners evaluated for this page.")
    up: int = strawberry.field(description="The number of them that would be promoted.")
    down: int = strawberry.field(description="The number of them that would be demoted or removed.")
    unchanged: int = strawberry.field(description="How many of them would stay.")


def preview_of(found: Preview, page_info: PageInfo) -> ProgramPreview:
    """A page of movers as the API shows it."""
    partners = Together([each.partner_id for each in found.movers])
    return ProgramPreview(
        nodes=[_move(each, partners) for each in found.movers],
        page_info=page_info,
        examined=found.examined,
        up=found.up,
        down=found.down,
        unchanged=found.examined - found.up - found.down,
    )


def _move(mover: Mover, partners: Together) -> TierMove:
    decision = mover.decision
    direction = way(decision)
    assert direction is not None
    return TierMove(
        from_tier=outline(mover.from_tier),
        to_tier=outline(mover.to_tier),
        direction=direction,
        reason=why(decision),
        at_risk_on=_time(decision.state.at_risk_on),
        failing=failing(decision),
        partner_id=mover.partner_id,
        partners=partners,
    )


def _time(moment: datetime | None) -> DateTime | None:
    return None if moment is None else DateTime(moment)
