"""`partner.standingAsOf`: where a partner was at a past moment."""

from datetime import timedelta

from tests.api.calls import Api
from tests.api.ladder import import_ladder, set_tier
from tests.world import World

AS_OF = """query($at: DateTime!, $program: String!) { partner(slug: "acme") {
    standingAsOf(at: $at, program: $program) { program { key } tier { key } since
        decision { reason fromTier { key } } } } }"""


async def as_of(api: Api, actor, at, program="sixclicks"):
    data = await api.data(actor, AS_OF, at=at.isoformat(), program=program)
    return data["partner"]["standingAsOf"]


async def test_a_standing_at_each_moment(api: Api, world: World, clock):
    await import_ladder(world)
    start = clock.now()
    moments = []
    for tier in ("silver", "gold", None):
        # Before the evaluation on the first of April, which would take what is not met.
        clock.advance(days=9)
        await set_tier(api, world.acme, tier)
        moments.append(clock.now())
    clock.advance(days=10)
    admin = world.acme.as_admin()
    assert await as_of(api, admin, start) is None
    # A decision counts from its own moment on.
    just_before = moments[1] - timedelta(microseconds=1)
    for at, tier, since in (
        (moments[0], "silver", moments[0]),
        (just_before, "silver", moments[0]),
        (moments[1], "gold", moments[1]),
        (clock.now() + timedelta(days=1_000), None, moments[2]),
    ):
        told = await as_of(api, admin, at)
        assert (told["tier"] and told["tier"]["key"]) == tier
        assert told["since"] == since.isoformat().replace("+00:00", "Z")
        assert told["program"] == {"key": "sixclicks"}
    assert (await as_of(api, admin, moments[1]))["decision"]["fromTier"] == {"key": "silver"}
    assert await as_of(api, admin, clock.now(), "none") is None


async def test_moment_and_program_have_to_be_given(api: Api, world: World):
    for given in ('program: "sixclicks"', 'at: "2026-01-01T00:00:00Z"'):
        document = f'{{ partner(slug: "acme") {{ standingAsOf({given}) {{ since }} }} }}'
        code = await api.error(world.as_vendor(), document)
        assert code in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


async def test_who_sees_the_past(api: Api, world: World, clock):
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    for actor in (world.as_vendor(), world.as_analyst(), world.acme.as_advisor()):
        assert await as_of(api, actor, clock.now())
    assert await as_of(api, world.acme.as_client_user(), clock.now()) is None
    hidden = await api.data(
        world.rival.as_admin(), AS_OF, at=clock.now().isoformat(), program="sixclicks"
    )
    assert hidden["partner"] is None
