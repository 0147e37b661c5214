"""The S0 program in a test's database, and tiers set in it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.auth.actor import Actor
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.events.bus import Bus
from app.events.relay import Relay
from app.persistence.models import Evaluation, Standing, Tier, TierApproval
from app.programs import load_preset
from app.services.programs.import_program import import_program
from schema.node import encode
from tests.api.calls import Api, global_id
from tests.events import publish_all
from tests.world import Team, World

KEY = "sixclicks"


async def import_ladder(world: World, *, publish: bool = True, **changes: Any) -> ProgramDefinition:
    """The program, published and in force since a month ago."""
    since = world.clock.now() - timedelta(days=30)
    preset = replace(parse_program(load_preset(KEY)), effective_from=since, **changes)
    await world.database.transaction(
        lambda: import_program(preset, at=world.clock.now(), publish=publish)
    )
    return preset


async def draft_ladder(world: World) -> str:
    """A draft of the program's next version, in force in a month; its global id."""
    later = world.clock.now() + timedelta(days=30)
    draft = replace(parse_program(load_preset(KEY)), name="Next year", effective_from=later)
    made = await world.database.transaction(
        lambda: import_program(draft, at=world.clock.now(), publish=False)
    )
    return encode("ProgramVersion", made.version_id)


def tier_of(team: Team, tier_key: str | None, **changes: Any) -> dict[str, Any]:
    """The input of `setPartnerTier`."""
    return {
        "partnerId": global_id(team.partner),
        "programKey": KEY,
        "tierKey": tier_key,
        "reason": "Signed the new agreement.",
        **changes,
    }


async def ask_approval(world: World, team: Team, tier_key: str) -> str:
    """A tier that the vendor is asked about for a team; the global id of the approval."""
    tier = await Tier.get(key=tier_key, version__status="PUBLISHED").select_related("version")
    now, of = world.clock.now(), {"partner": team.partner, "program_id": tier.version.program_id}
    asked = {**of, "version": tier.version}
    evaluation = await Evaluation.create(
        **asked, as_of=now, facts_to=0, inputs={}, digest="0" * 64, result={}, evaluated_at=now
    )
    approval = await TierApproval.create(
        **asked, tier=tier, evaluation=evaluation, status="PENDING", requested_at=now
    )
    await Standing.create(**of, approval=approval, since=now, enrolled_at=now)
    return encode("TierApproval", approval.id)


async def set_tier(api: Api, team: Team, tier_key: str | None, actor: Actor | None = None) -> str:
    """Set a tier as the vendor; gives the global id of the decision."""
    payload = await api.done(
        actor or api.world.as_vendor(),
        "setPartnerTier",
        "decision { id }",
        tier_of(team, tier_key),
    )
    return payload["decision"]["id"]


async def publish_events(world: World) -> None:
    """Do what the relay does after a commit: from here on events have their place."""
    await publish_all(Relay(world.database, Bus()))
