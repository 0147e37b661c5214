"""The S0 program in a test's database, and tiers set in it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.auth.actor import Actor
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.events.bus import Bus
from app.events.relay import Relay
from app.programs import load_preset
from app.services.programs.import_program import import_program
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


def tier_of(team: Team, tier_key: str | None, **changes: Any) -> dict[str, Any]:
    """The input of `setPartnerTier`."""
    return {
        "partnerId": global_id(team.partner),
        "programKey": KEY,
        "tierKey": tier_key,
        "reason": "Signed the new agreement.",
        **changes,
    }


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
