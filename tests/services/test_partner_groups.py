"""createPartnerGroup and setPartnerGroupMembers."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.errors import ErrorCode, Refused
from app.domain.ids import global_id
from app.persistence.models import PartnerGroup, PartnerGroupMember
from app.services.partners.create_partner_group import CreatePartnerGroup, create_partner_group
from app.services.partners.set_partner_group_members import (
    SetPartnerGroupMembers,
    set_partner_group_members,
)
from tests.refusals import audited, outcome, refused, told
from tests.world import World


async def make(world: World, key: str = "emea-pilot", name: str = " EMEA  pilot ") -> UUID:
    input = CreatePartnerGroup(str(uuid4()), key, name)
    ids = await create_partner_group(world.caller(world.as_vendor()), input)
    return ids["partner_group"]


async def change(world: World, group: UUID, **lists: Any) -> set[UUID]:
    """Change the members; gives who is in then."""
    input = SetPartnerGroupMembers(str(uuid4()), group, **lists)
    await set_partner_group_members(world.caller(world.as_vendor()), input)
    members = await PartnerGroupMember.filter(group_id=group)
    return {member.partner_id for member in members}


async def test_a_group_is_made(world: World) -> None:
    group = await PartnerGroup.get(id=await make(world))

    assert (group.key, group.name) == ("emea-pilot", "EMEA pilot")
    [event] = await told("PARTNER_GROUP_CREATED")
    assert (event.subject_id, event.partner_id) == (group.id, None)
    assert event.data == {"key": "emea-pilot", "name": "EMEA pilot"}
    assert len(await audited("createPartnerGroup")) == 1


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": " "}, ErrorCode.REQUIRED, "name"),
        ({"name": "x" * 121}, ErrorCode.TOO_LONG, "name"),
        *(({"key": key}, ErrorCode.INVALID, "key") for key in ("", "A", "a b", "-a", "x" * 61)),
        ({"key": "taken"}, ErrorCode.DUPLICATE, "key"),
    ],
)
async def test_a_wrong_group_is_refused(
    world: World, values: dict[str, str], code: ErrorCode, field: str
) -> None:
    await make(world, "taken")
    async with refused(code, field):
        await make(world, **values)


async def test_members_come_and_go(world: World) -> None:
    group, acme, rival = await make(world), world.acme.partner.id, world.rival.partner.id

    assert await change(world, group, add=(acme, rival, acme)) == {acme, rival}
    # Who is in already, or is not in, is passed over.
    assert await change(world, group, remove=(rival,), add=(acme,)) == {acme}

    first, second = await told("PARTNER_GROUP_CHANGED")
    added = [global_id("Partner", acme), global_id("Partner", rival)]
    assert first.data == {"key": "emea-pilot", "added": added, "removed": []}
    assert (second.data["added"], second.data["removed"]) == ([], added[1:])


async def test_a_change_that_cannot_be_is_refused(world: World) -> None:
    group, acme = await make(world), world.acme.partner.id
    await change(world, group, add=(acme,))

    async with refused(ErrorCode.REQUIRED, "add"):
        await change(world, group)
    async with refused(ErrorCode.ALREADY_DONE, "groupId"):
        await change(world, group, add=(acme,), remove=(world.rival.partner.id,))
    async with refused(ErrorCode.NOT_FOUND, "add", "1"):
        await change(world, group, add=(acme, uuid4()))
    async with refused(ErrorCode.INVALID, "remove", "0"):
        await change(world, group, add=(acme,), remove=(acme,))
    async with refused(ErrorCode.INVALID, "add"):
        await change(world, group, add=(acme,) * 1_001)
    async with refused(ErrorCode.NOT_FOUND, "groupId"):
        await change(world, uuid4(), add=(acme,))


async def test_a_partner_is_added_once_by_two_at_once(world: World) -> None:
    group, acme = await make(world), world.acme.partner.id

    results = await asyncio.gather(*(outcome(change(world, group, add=(acme,))) for _ in "ab"))  # type: ignore[arg-type]

    [lost] = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code == ErrorCode.ALREADY_DONE
    assert await PartnerGroupMember.all().count() == 1
