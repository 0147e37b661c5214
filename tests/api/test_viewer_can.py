"""`viewerCan`: for every state and role it says what the mutation itself then says."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest

from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Scope
from app.persistence.models import (
    Client,
    SpokeBundle,
)
from tests.api.calls import Api, global_id
from tests.api.client_states import (
    STATES,
    Change,
    add_many,
    no_slot,
    no_slot_and_no_price,
    partner_suspended,
    unchanged,
)
from tests.clients import add_advisor, add_item, add_version, leave_slots
from tests.contract.query_plans import sent
from tests.world import World

PERMIT = "{ allowed reason code }"
OF_PLAN = "{ planCode allowed reason code }"
DEEDS = {
    "changeSize": "changeClientSize",
    "cancelSubscription": "cancelSubscription",
    "resumeSubscription": "resumeSubscription",
    "suspend": "suspendClient",
    "resume": "resumeClient",
    "archive": "archiveClient",
    "restore": "restoreClient",
    "addUser": "addClientUser",
    "assignAdvisor": "assignAdvisor",
    "sellContent": "sellContent",
}
OF_CLIENT = f"{' '.join(f'{deed} {PERMIT}' for deed in DEEDS)} upgrade {PERMIT} upgradeTo {OF_PLAN}"
CLIENTS = (
    "query($id: ID!) { partner(id: $id) { clients(first: 100) { nodes { viewerCan {"
    f" {OF_CLIENT} }} }} }} }} }}"
)
PARTNER = (
    f"query($id: ID!) {{ partner(id: $id) {{ viewerCan {{ createClient {PERMIT}"
    f" inviteAdvisor {PERMIT} buySlots {PERMIT} resume {PERMIT} createClientOn {OF_PLAN} }} }} }}"
)
ROLES: dict[str, Callable[[World], Actor]] = {
    "vendor": World.as_vendor,
    "admin": lambda world: world.acme.as_admin(),
    "advisor": lambda world: world.acme.as_advisor(),
}
# Whom the state of a client does not matter to: theirs is a matter of permission.
OTHERS: dict[str, Callable[[World], Actor]] = {
    "analyst": World.as_analyst,
    "app": lambda world: world.acme.as_app(),
    "reading app": lambda world: world.acme.as_app(Scope.CLIENTS_READ, Scope.PARTNERS_READ),
    "client user": lambda world: world.acme.as_client_user(),
}
Told = tuple[bool, str | None]


@pytest.fixture
async def many(world: World) -> list[Client]:
    return await add_many(world)


async def inputs(world: World) -> Mapping[str, dict[str, Any]]:
    """What each mutation is given besides the client: values that nothing is wrong with."""
    free = await add_advisor(world.acme, "Fay Free")
    item = await add_item(world.acme.library, "For sale", price_minor=1_000, price_currency="USD")
    await add_version(item, 1)
    return {
        "changeClientSize": {"size": {"employeeCount": 43}},
        "suspendClient": {"reason": "On hold."},
        "addClientUser": {"name": "Una", "email": "una@client.example"},
        "assignAdvisor": {"advisorId": global_id(free)},
        "sellContent": {"contentItemId": global_id(item)},
    }


async def said(api: Api, actor: Actor, name: str, input: Mapping[str, Any], key: int) -> Told:
    """Whether a mutation is done, and the code of its first refusal, None for a lack of rights."""
    type_name = f"{name[0].upper()}{name[1:]}Input"
    document = (
        f"mutation($input: {type_name}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
    )
    answer = await api.ask(actor, document, input={"idempotencyKey": f"{key}", **input})
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        return False, None
    codes = [error["code"] for error in answer["data"][name]["userErrors"]]
    return not codes, codes[0] if codes else None


def told(permit: Mapping[str, Any]) -> Told:
    assert (permit["reason"] is None) is permit["allowed"]
    assert permit["allowed"] or permit["reason"].endswith(".")
    return permit["allowed"], permit["code"]


async def permits(api: Api, actor: Actor, document: str) -> dict[str, Any]:
    return (await api.data(actor, document, id=global_id(api.world.acme.partner)))["partner"]


async def of_clients(api: Api, actor: Actor) -> dict[str, Any]:
    """What is told of the clients that are alike: of each the same."""
    nodes = (await permits(api, actor, CLIENTS))["clients"]["nodes"]
    # The client of the world is first by name, and a client user's only one.
    found = [node["viewerCan"] for node in nodes[1:] or nodes]
    assert found == [found[0]] * len(found)
    return found[0]


async def walk(api: Api, roles: Mapping[str, Callable[[World], Actor]], many: list[Client]) -> None:
    """Ask each role, and do each deed in a client of its own."""
    world, given = api.world, await inputs(api.world)
    asked = {who: await of_clients(api, make(world)) for who, make in roles.items()}
    numbers = count()
    wrong = []
    for who, make in roles.items():
        tries = [(deed, mutation, asked[who][deed], {}) for deed, mutation in DEEDS.items()]
        for plan in asked[who]["upgradeTo"]:
            tries.append(("upgradeTo", "upgradeClient", plan, {"planCode": plan["planCode"]}))
        if not asked[who]["upgradeTo"]:
            own = {"planCode": "FULL_FEATURE"}
            tries.append(("upgrade", "upgradeClient", asked[who]["upgrade"], own))
        else:
            some = any(plan["allowed"] for plan in asked[who]["upgradeTo"])
            assert asked[who]["upgrade"]["allowed"] is some
        for deed, mutation, permit, more in tries:
            number = next(numbers)
            client = many[number]
            if who == "client user":
                client = world.acme.client
            input = {"clientId": global_id(client), **given.get(mutation, {}), **more}
            outcome = await said(api, make(world), mutation, input, number)
            if told(permit) != outcome:
                wrong.append((who, deed, told(permit), outcome))
    assert wrong == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_it_agrees_with_the_mutations(
    api: Api, world: World, many: list[Client], state: Change
) -> None:
    await state(world)
    await walk(api, ROLES, many)


async def test_it_knows_the_rights_of_everyone_else(
    api: Api, world: World, many: list[Client]
) -> None:
    await walk(api, OTHERS, many)
    partner = "query($id: ID!) { partner(id: $id) { viewerCan { createClient { allowed } } } }"
    assert await api.error(PUBLIC, partner, id=global_id(world.acme.partner)) == "UNAUTHENTICATED"


@pytest.mark.parametrize("state", [unchanged, partner_suspended, no_slot, no_slot_and_no_price])
async def test_it_agrees_about_partners(api: Api, world: World, state: Change) -> None:
    await leave_slots(world.acme, 20)
    await state(world)
    partner, numbers, wrong = global_id(world.acme.partner), count(), []
    bundle = await SpokeBundle.get()
    everyone = {**ROLES, **OTHERS}
    asked = {
        who: (await permits(api, make(world), PARTNER))["viewerCan"]
        for who, make in everyone.items()
    }
    for who, make in everyone.items():
        mine = asked[who]
        tries = [
            (
                "inviteAdvisor",
                mine["inviteAdvisor"],
                {"name": "Ida", "email": f"{who[:3]}@i.example"},
            ),
            ("resumePartner", mine["resume"], {"reason": "Paid."}),
        ]
        for plan in mine["createClientOn"]:
            number = next(numbers)
            input = {
                "start": {"planCode": plan["planCode"]},
                "name": "New",
                "domain": f"new{number}.example",
                "size": {"bracket": "1-10"},
            }
            tries.append(("createClient", plan, input))
        if state is not no_slot_and_no_price:
            tries.append(("buySlotBundle", mine["buySlots"], {"bundleCode": bundle.code}))
        # Last: it changes what the others are told.
        for name, permit, input in sorted(tries, key=lambda one: one[0] == "resumePartner"):
            given = {"partnerId": partner, **input}
            outcome = await said(api, make(world), name, given, next(numbers))
            if told(permit) != outcome:
                wrong.append((who, name, told(permit), outcome))
            await state(world)
        assert mine["createClient"]["allowed"] == any(p["allowed"] for p in mine["createClientOn"])
    assert wrong == []


async def test_a_page_takes_no_more_statements_than_a_client(
    api: Api, world: World, many: list[Client]
) -> None:
    for actor in (world.as_vendor(), world.acme.as_advisor()):
        counts = []
        for size in ("1", "50"):
            with sent() as statements:
                await permits(api, actor, CLIENTS.replace("100", size))
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 14
