"""`client.timeline`: what happened to one client, for those who see it."""

from app.events.bus import Bus
from app.events.relay import Relay
from app.services.clients.suspend_client import (
    ResumeClient,
    SuspendClient,
    resume_client,
    suspend_client,
)
from tests.api.calls import Api, global_id
from tests.clients import created
from tests.events import publish_all
from tests.world import World

TIMELINE = """query($id: ID!, $where: EventFilter) { client(id: $id) {
    timeline(where: $where) { totalCount nodes { type client { id } } } } }"""


async def test_it_has_the_clients_own_events_newest_first(api: Api, world: World):
    client, other = world.acme.client, await created(world, world.acme)
    caller = world.caller(world.acme.as_admin())
    await suspend_client(caller, SuspendClient("a", client.id, "On hold."))
    await suspend_client(caller, SuspendClient("b", other.id, "On hold."))
    await resume_client(caller, ResumeClient("c", client.id))
    await publish_all(Relay(world.database, Bus()))

    team = [world.as_vendor(), world.as_analyst(), world.acme.as_admin(), world.acme.as_advisor()]
    for actor in [*team, world.acme.as_client_user()]:
        told = (await api.data(actor, TIMELINE, id=global_id(client)))["client"]["timeline"]
        assert [event["type"] for event in told["nodes"]] == ["CLIENT_RESUMED", "CLIENT_SUSPENDED"]
        assert {event["client"]["id"] for event in told["nodes"]} == {global_id(client)}
        assert told["totalCount"] == 2

    where = {"type": ["CLIENT_SUSPENDED"]}
    told = await api.data(world.as_vendor(), TIMELINE, id=global_id(client), where=where)
    assert told["client"]["timeline"]["totalCount"] == 1
    for stranger in (world.rival.as_admin(), world.rival.as_client_user()):
        assert await api.data(stranger, TIMELINE, id=global_id(client)) == {"client": None}
