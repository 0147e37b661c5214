"""Website domains: once among a partner's live clients, marked if another partner has it too."""

from app.persistence.models import Client
from app.services.clients.archive_client import ArchiveClient, archive_client
from tests.clients import created
from tests.refusals import told
from tests.world import Team, World


async def archive(world: World, team: Team, client: Client) -> None:
    await archive_client(world.caller(team.as_admin()), ArchiveClient("archive", client.id))


async def test_the_domain_of_an_archived_client_is_free_again(world: World) -> None:
    first = await created(world, world.acme)
    await archive(world, world.acme, first)

    second = await created(world, world.acme)

    assert (second.domain, second.id != first.id) == ("newco.example", True)


async def test_a_domain_under_two_partners_is_marked_for_the_vendor(world: World) -> None:
    ours = await created(world, world.acme)
    theirs = await created(world, world.rival)

    assert [c.domain_shared for c in await Client.filter(domain="newco.example")] == [True, True]
    # Nobody at either partner is told: each saw one creation, its own.
    assert {e.partner_id for e in await told("CLIENT_CREATED")} == {
        world.acme.partner.id,
        world.rival.partner.id,
    }

    await archive(world, world.rival, theirs)
    await ours.refresh_from_db()
    assert not ours.domain_shared
