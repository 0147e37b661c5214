"""Nothing tells what an actor may not see: no filter, no count, no program that is only a draft."""

from datetime import timedelta
from typing import Any

import pytest

from app.auth.actor import Actor
from app.domain.identity import Role, Scope
from app.domain.programs.parse import parse_program
from app.persistence.models import Standing, Tier
from app.programs import load_preset
from app.services.programs.import_program import import_program
from tests.world import World


async def place_acme_in_gold(world: World) -> None:
    program = await import_preset(world)
    gold = await Tier.get(version_id=program.version_id, key="gold")
    await Standing.create(
        partner=world.acme.partner,
        program_id=program.program_id,
        tier=gold,
        tier_rank=gold.rank,
        since=world.clock.now(),
        enrolled_at=world.clock.now(),
    )


async def import_preset(world: World, publish: bool = True, **change: Any) -> Any:
    definition = parse_program({**load_preset("sixclicks"), **change})
    return await world.database.transaction(
        lambda: import_program(definition, at=world.clock.now(), publish=publish)
    )


TIER_FILTER = "query($t: [String!]) { partners(where: {tier: $t}) { totalCount } }"


@pytest.mark.parametrize("tier", ["silver", "gold"])
async def test_a_client_user_cannot_find_the_tier_by_filtering(world: World, ask, tier) -> None:
    await place_acme_in_gold(world)
    answer = await ask(world.acme.as_client_user(), TIER_FILTER, t=[tier])
    assert answer == {"data": {"partners": {"totalCount": 0}}}
    answer = await ask(world.acme.as_admin(), TIER_FILTER, t=[tier])
    assert answer["data"]["partners"]["totalCount"] == (1 if tier == "gold" else 0)


async def test_an_app_cannot_find_it_without_the_scope(world: World, ask) -> None:
    await place_acme_in_gold(world)
    answer = await ask(world.acme.as_app(Scope.PARTNERS_READ), TIER_FILTER, t=["gold"])
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "PROGRAMS_READ" in error["message"]


async def test_a_program_that_is_only_a_draft_is_the_vendors(world: World, ask) -> None:
    await import_preset(world, publish=False, key="secret", name="Unannounced ladder")
    document = '{ tierPrograms { key } tierProgram(key: "secret") { name } }'
    assert await ask(world.acme.as_admin(), document) == {
        "data": {"tierPrograms": [], "tierProgram": None}
    }
    vendor = await ask(world.as_vendor(), document)
    assert vendor["data"]["tierProgram"] == {"name": "Unannounced ladder"}


async def test_an_empty_id_is_no_id_left_out(world: World, ask) -> None:
    document = """mutation { inviteAdvisor(input: {idempotencyKey: "k", partnerId: "",
      name: "Ann", email: "ann@acme.example"}) { userErrors { code field } } }"""
    answer = await ask(world.acme.as_admin(), document)
    assert answer["data"]["inviteAdvisor"]["userErrors"] == [
        {"code": "NOT_FOUND", "field": ["partnerId"]}
    ]


async def test_what_may_be_done_is_told_without_the_scope_to_read(world: World, ask) -> None:
    document = """query($on: ID) { viewer { can(action: CREATE_CLIENT, on: $on) {
      allowed reason } } }"""
    app = world.acme.as_app(Scope.CLIENTS_WRITE)
    own = f"partner_{world.acme.partner.id.hex}"
    foreign = f"partner_{world.rival.partner.id.hex}"
    assert (await ask(app, document, on=own))["data"]["viewer"]["can"]["allowed"] is True
    refused = (await ask(app, document, on=foreign))["data"]["viewer"]["can"]
    unknown = (await ask(app, document, on="partner_" + "0" * 32))["data"]["viewer"]["can"]
    assert refused == unknown == {"allowed": False, "reason": "There is no such object."}


async def test_the_vendors_app_sees_shared_domains(world: World, ask) -> None:
    vendors = Actor(Role.APP, api_key_id=world.vendor_admin.id, scopes=frozenset(Scope))
    document = "{ clients(first: 1) { nodes { domainShared } } }"
    answer = await ask(vendors, document)
    assert answer["data"]["clients"]["nodes"] == [{"domainShared": False}]
    answer = await ask(world.acme.as_app(), document)
    assert answer["data"]["clients"]["nodes"] == [{"domainShared": None}]


async def test_a_version_that_is_effective_later_is_not_in_force_yet(
    world: World, clock, ask
) -> None:
    await import_preset(world)
    document = '{ tierProgram(key: "sixclicks") { version { number } tiers { name } } }'
    before = await ask(world.as_vendor(), document)
    later = (clock.now() + timedelta(days=30)).isoformat()
    await import_preset(world, effectiveFrom=later, name="Next year")

    assert await ask(world.as_vendor(), document) == before
    assert before["data"]["tierProgram"]["version"] == {"number": 1}
    assert len(before["data"]["tierProgram"]["tiers"]) == 3
    clock.advance(days=31)
    after = await ask(world.as_vendor(), document)
    assert after["data"]["tierProgram"]["version"] == {"number": 2}
    assert len(after["data"]["tierProgram"]["tiers"]) == 3
