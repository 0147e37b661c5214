"""A machine's clock that is set back: what was done stays done, and what is new is taken."""

from app.events.bus import Bus
from app.events.relay import Relay
from app.persistence.models import Event
from app.services.billing.lifecycle import bring_to
from tests.billing import another_client, licence, term
from tests.refusals import everything
from tests.services.tier_programs import catch_up, certified, program, publish, tell, tier
from tests.world import World


async def test_nothing_is_evaluated_renewed_or_published_twice(world: World) -> None:
    await publish(world, program(world))
    await term(await licence(world.acme, await another_client(world.acme, "Paying")))
    await bring_to(world.database, world.clock.now())
    relay = Relay(world.database, Bus())
    await relay.publish()
    done = await everything()

    world.clock.advance(days=-40)
    assert await catch_up(world) == 0
    assert await bring_to(world.database, world.clock.now()) == 0
    assert await relay.publish() == 0
    assert await everything() == done


async def test_what_happens_meanwhile_is_taken_and_comes_behind(world: World) -> None:
    await publish(world, program(world))
    relay = Relay(world.database, Bus())
    await relay.publish()
    newest = (await Event.all().order_by("-sequence").first()).sequence

    world.clock.advance(hours=-1)
    await tell(world, certified(world))
    await relay.publish()
    later = await Event.filter(sequence__gt=newest).count()
    assert later and not await Event.filter(sequence=None).exists()

    world.clock.advance(hours=2)
    await catch_up(world)
    assert await tier(world) == "silver"
