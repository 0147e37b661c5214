"""`setPartnerTier`: the vendor places a partner, and the partner can read what changed."""

import asyncio
from uuid import uuid4

from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Role, Scope
from app.domain.partners import PartnerType
from app.persistence.models import Partner, TierDecision
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import KEY, import_ladder, set_tier, tier_of
from tests.world import World

SELECTION = """
partner { slug standing { tier { key } } benefits { benefit { key } } }
decision { reason direction fromTier { key } toTier { key } program { key } partner { slug }
    benefitsGained { benefit { key } } benefitsLost { benefit { key } } }
"""


async def test_the_vendor_sets_a_tier(api: Api, world: World):
    await import_ladder(world)
    payload = await api.done(
        world.as_vendor(),
        "setPartnerTier",
        SELECTION,
        tier_of(world.acme, "gold", reason=" Sold  a lot. "),
    )
    benefits = payload["partner"].pop("benefits")
    gained = payload["decision"].pop("benefitsGained")
    assert payload == {
        "partner": {"slug": "acme", "standing": {"tier": {"key": "gold"}}},
        "decision": {
            "reason": "Sold  a lot.",
            "direction": "PLACED",
            "fromTier": None,
            "toTier": {"key": "gold"},
            "program": {"key": KEY},
            "partner": {"slug": "acme"},
            "benefitsLost": [],
        },
    }
    assert benefits == gained and len(gained) > 5


async def test_a_partner_is_taken_out_of_its_tier(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    payload = await api.done(
        world.as_vendor(), "setPartnerTier", SELECTION, tier_of(world.acme, None)
    )
    assert payload["partner"]["standing"] == {"tier": None}
    assert payload["partner"]["benefits"] == []
    assert payload["decision"]["direction"] == "REMOVED"
    assert payload["decision"]["toTier"] is None


async def test_no_tier_has_to_be_said(api: Api, world: World):
    """A tier that was forgotten must not throw a partner out of its own."""
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    forgotten = tier_of(world.acme, None)
    del forgotten["tierKey"]
    refusals = await api.refused(world.as_vendor(), "setPartnerTier", forgotten)
    assert refusals == [("REQUIRED", ("tierKey",))]


async def test_an_app_of_the_vendor_may_too(api: Api, world: World):
    await import_ladder(world)
    app = Actor(Role.APP, api_key_id=uuid4(), scopes=frozenset({Scope.PROGRAMS_WRITE}))
    payload = await api.done(app, "setPartnerTier", "", tier_of(world.acme, "silver"))
    assert payload == {}


async def test_nobody_else_may(api: Api, world: World):
    await import_ladder(world)
    input = tier_of(world.acme, "platinum")
    assert await api.rejected(PUBLIC, "setPartnerTier", input) == "UNAUTHENTICATED"
    for actor in (
        world.as_analyst(),
        world.acme.as_admin(),
        world.acme.as_advisor(),
        world.acme.as_client_user(),
        world.acme.as_app(),
    ):
        assert await api.rejected(actor, "setPartnerTier", input) == "FORBIDDEN"


async def test_what_is_wrong_is_told_at_its_field(api: Api, world: World):
    await import_ladder(world)
    vendor = world.as_vendor()
    for changes, refusal in [
        ({"reason": " "}, ("REQUIRED", ("reason",))),
        ({"reason": "x" * 1001}, ("TOO_LONG", ("reason",))),
        ({"reason": "a\0b"}, ("INVALID", ("reason",))),
        ({"partnerId": unknown_id("Partner")}, ("NOT_FOUND", ("partnerId",))),
        ({"partnerId": global_id(world.acme.client)}, ("NOT_FOUND", ("partnerId",))),
        ({"programKey": "no-such"}, ("NOT_FOUND", ("programKey",))),
        ({"programKey": "six\0clicks"}, ("INVALID", ("programKey",))),
        ({"tierKey": "diamond"}, ("NOT_FOUND", ("tierKey",))),
        ({"idempotencyKey": ""}, ("INVALID", ("idempotencyKey",))),
        ({"idempotencyKey": "x" * 121}, ("INVALID", ("idempotencyKey",))),
        ({"idempotencyKey": "a\0b"}, ("INVALID", ("idempotencyKey",))),
    ]:
        input = tier_of(world.acme, "gold", **changes)
        assert await api.refused(vendor, "setPartnerTier", input) == [refusal], changes


async def test_a_tier_that_the_partner_has(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    refusals = await api.refused(world.as_vendor(), "setPartnerTier", tier_of(world.acme, "gold"))
    assert refusals == [("TIER_UNCHANGED", ("tierKey",))]


async def test_a_partner_of_a_type_that_is_not_in_the_program(api: Api, world: World):
    await import_ladder(world, partner_types=(PartnerType.VAR,))
    refusals = await api.refused(world.as_vendor(), "setPartnerTier", tier_of(world.acme, "gold"))
    assert refusals == [("NOT_ENROLLED", ("programKey",))]


async def test_a_partner_that_is_not_active(api: Api, world: World):
    await import_ladder(world)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    refusals = await api.refused(world.as_vendor(), "setPartnerTier", tier_of(world.acme, "gold"))
    assert refusals == [("PARTNER_NOT_ACTIVE", ("partnerId",))]


async def test_a_program_without_a_version_in_force(api: Api, world: World):
    await import_ladder(world, publish=False)
    refusals = await api.refused(world.as_vendor(), "setPartnerTier", tier_of(world.acme, "gold"))
    assert refusals == [("NOT_FOUND", ("programKey",))]


async def test_two_decisions_at_once_make_one_move(api: Api, world: World):
    await import_ladder(world)
    document = (
        "mutation($input: SetPartnerTierInput!) { setPartnerTier(input: $input)"
        " { userErrors { code } } }"
    )
    answers = await asyncio.gather(
        *(
            api.data(
                world.as_vendor(),
                document,
                input={"idempotencyKey": str(uuid4()), **tier_of(world.acme, "gold")},
            )
            for _ in range(4)
        )
    )
    codes = sorted(
        error["code"] for answer in answers for error in answer["setPartnerTier"]["userErrors"]
    )
    assert len(codes) == 3 and set(codes) <= {"TIER_UNCHANGED", "CONFLICT"}
    assert await TierDecision.all().count() == 1
