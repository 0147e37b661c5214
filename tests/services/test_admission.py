"""Admitting people: an invited person becomes active, and tokens with the subject are theirs."""

import asyncio
from itertools import combinations
from uuid import UUID

import pytest

from app.auth.admission import admit
from app.auth.people import by_email, by_subject
from app.auth.refusal import Unauthenticated
from app.domain.identity import Role
from app.persistence.models import Advisor, ClientUser, VendorUser
from tests.refusals import audited, everything
from tests.world import World


async def test_an_invited_advisor_becomes_active(world: World) -> None:
    advisor = world.acme.advisor
    await Advisor.filter(id=advisor.id).update(status="INVITED", active_from=None)

    await admit(world.database, world.clock, Role.ADVISOR, advisor.id, "idp|adam")

    actor = await by_subject(world.database, "idp|adam", world.clock.now())
    assert (actor.role, actor.user_id) == (Role.ADVISOR, advisor.id)
    kept = await Advisor.get(id=advisor.id)
    assert (kept.status, kept.active_from) == ("ACTIVE", world.clock.now())
    assert len(await audited("admitPerson")) == 1


async def test_a_revoked_person_stays_out(world: World) -> None:
    user = world.acme.client_user
    await ClientUser.filter(id=user.id).update(status="REVOKED")

    await admit(world.database, world.clock, Role.CLIENT_USER, user.id, "idp|uma")

    with pytest.raises(Unauthenticated):
        await by_subject(world.database, "idp|uma", world.clock.now())


@pytest.mark.parametrize("subject", ["", "x" * 256])
async def test_a_bad_subject_is_refused(world: World, subject: str) -> None:
    before = await everything()
    with pytest.raises(ValueError, match="1 to 255"):
        await admit(world.database, world.clock, Role.VENDOR_ADMIN, world.vendor_admin.id, subject)
    assert await everything() == before


# One of each kind, and a second one of each table in another role or partner.
PEOPLE = {
    "vendor admin": lambda world: (Role.VENDOR_ADMIN, world.vendor_admin.id),
    "vendor analyst": lambda world: (Role.VENDOR_ANALYST, world.vendor_analyst.id),
    "partner admin": lambda world: (Role.PARTNER_ADMIN, world.acme.admin.id),
    "advisor": lambda world: (Role.ADVISOR, world.rival.advisor.id),
    "client user": lambda world: (Role.CLIENT_USER, world.acme.client_user.id),
    "another client user": lambda world: (Role.CLIENT_USER, world.rival.client_user.id),
}


def person(world: World, name: str) -> tuple[Role, UUID]:
    return PEOPLE[name](world)


@pytest.mark.parametrize(
    ("holder", "other"), [pair for two in combinations(PEOPLE, 2) for pair in (two, two[::-1])]
)
async def test_a_subject_of_somebody_else_is_refused(world: World, holder: str, other: str) -> None:
    await admit(world.database, world.clock, *person(world, holder), "idp|one")
    before = await everything()
    with pytest.raises(ValueError, match="somebody else"):
        await admit(world.database, world.clock, *person(world, other), "idp|one")
    assert await everything() == before
    actor = await by_subject(world.database, "idp|one", world.clock.now())
    assert (actor.role, actor.user_id) == person(world, holder)


@pytest.mark.parametrize("name", PEOPLE)
async def test_admitting_again_with_the_same_subject_or_another(world: World, name: str) -> None:
    for subject in ("idp|one", "idp|one", "idp|two"):
        await admit(world.database, world.clock, *person(world, name), subject)
    actor = await by_subject(world.database, "idp|two", world.clock.now())
    assert (actor.role, actor.user_id) == person(world, name)
    with pytest.raises(Unauthenticated):
        await by_subject(world.database, "idp|one", world.clock.now())


async def test_of_two_admitted_at_once_one_gets_the_subject(world: World) -> None:
    for attempt in range(5):
        subject = f"idp|{attempt}"
        outcomes = await asyncio.gather(
            *(
                admit(world.database, world.clock, *person(world, name), subject)
                for name in ("vendor admin", "advisor", "client user")
            ),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            "NoneType",
            "ValueError",
            "ValueError",
        ]
        assert (await by_subject(world.database, subject, world.clock.now())).user_id


@pytest.mark.parametrize(
    ("name", "wrong", "partner"),
    [
        ("vendor admin", Role.VENDOR_ANALYST, None),
        ("vendor analyst", Role.VENDOR_ADMIN, None),
        ("partner admin", Role.ADVISOR, "acme"),
        ("advisor", Role.PARTNER_ADMIN, "rival"),
    ],
)
async def test_a_person_is_found_in_the_role_it_has_only(
    world: World, name: str, wrong: Role, partner: str | None
) -> None:
    role, id = person(world, name)
    model = VendorUser if partner is None else Advisor
    email = (await model.get(id=id)).email
    assert await by_email(world.database, role, email, partner) == id
    with pytest.raises(LookupError, match=f"no {wrong} "):
        await by_email(world.database, wrong, email, partner)


async def test_a_partner_is_named_for_its_people_and_for_no_other(world: World) -> None:
    database, acme = world.database, world.acme
    with pytest.raises(LookupError, match="Name the partner"):
        await by_email(database, Role.CLIENT_USER, acme.client_user.email, None)
    with pytest.raises(LookupError, match="Leave the partner out"):
        await by_email(database, Role.VENDOR_ADMIN, world.vendor_admin.email, "acme")
