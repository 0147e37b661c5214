"""Invitations: made, renewed, withdrawn, accepted once and in time."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.auth.admission import admit
from app.auth.people import by_subject
from app.domain.clients import NewClientUser
from app.domain.errors import ErrorCode, Refused
from app.domain.identity import Role, Scope
from app.persistence.models import (
    Advisor,
    AdvisorAssignment,
    AuditEntry,
    BillingPolicy,
    Client,
    ClientUser,
    Invitation,
    Partner,
)
from app.services.advisors.invite_advisor import InviteAdvisor, invite_advisor
from app.services.clients.create_client import create_client
from app.services.invitations.renew_invitation import RenewInvitation, renew_invitation
from app.services.invitations.revoke_invitation import RevokeInvitation, revoke_invitation
from app.services.invitations.token_visibility import pending
from tests.clients import new_client
from tests.invitations import EMAIL, accept, invited_advisor, invited_user, newcomer
from tests.refusals import audited, everything, outcome, refused, told
from tests.world import World

DAYS = 14


async def renew(world: World, actor: Actor, id: UUID) -> UUID:
    ids = await renew_invitation(world.caller(actor), RenewInvitation(str(uuid4()), id))
    return ids["invitation"]


async def withdraw(world: World, actor: Actor, id: UUID) -> None:
    await revoke_invitation(world.caller(actor), RevokeInvitation(str(uuid4()), id))


async def test_whoever_is_invited_has_the_days_of_the_policy(world: World) -> None:
    now = world.clock.now()
    await BillingPolicy.all().update(invitation_days=3)
    advisor, user = await invited_advisor(world, world.acme), await invited_user(world, world.acme)
    for ids, client_id in ((advisor, None), (user, world.acme.client.id)):
        row = await Invitation.get(id=ids["invitation"])
        assert (row.email, row.created_at, row.expires_at) == (EMAIL, now, now + timedelta(days=3))
        assert (row.partner_id, row.client_id) == (world.acme.partner.id, client_id)
        assert row.created_by == world.acme.admin.id
        assert (row.advisor_id, row.client_user_id) == (ids.get("advisor"), ids.get("client_user"))
    events = await told("INVITATION_CREATED")
    assert [event.subject_id for event in events] == [advisor["invitation"], user["invitation"]]
    assert [event.client_id for event in events] == [None, world.acme.client.id]
    assert {event.data["expiresAt"] for event in events} == {(now + timedelta(days=3)).isoformat()}


async def test_without_a_policy_nobody_is_invited(world: World) -> None:
    await BillingPolicy.all().update(effective_from=world.clock.now() + timedelta(days=1))
    async with refused(ErrorCode.NO_POLICY):
        await invited_advisor(world, world.acme)
    users = (NewClientUser("Una", "una@newco.example"),)
    async with refused(ErrorCode.NO_POLICY):
        await create_client(world.caller(world.acme.as_admin()), new_client(users=users))


async def test_a_new_clients_users_are_invited_in_their_order(world: World) -> None:
    users = tuple(NewClientUser(f"U {n}", f"u{n}@newco.example") for n in range(3))
    ids = await create_client(world.caller(world.acme.as_admin()), new_client(users=users))
    rows = [await Invitation.get(id=ids[f"invitation.{n}"]) for n in range(3)]
    assert [row.email for row in rows] == [user.email for user in users]
    assert {row.client_id for row in rows} == {ids["client"]}


async def test_an_advisor_accepts(world: World) -> None:
    ids = await invited_advisor(world, world.acme)
    world.clock.advance(days=DAYS, seconds=-1)
    now = world.clock.now()

    done = await accept(world, ids["invitation"], newcomer(email=EMAIL))

    assert done == {**ids, "partner": world.acme.partner.id}
    me = await by_subject(world.database, "idp|nora", now)
    assert (me.role, me.user_id, me.partner_id) == (
        Role.ADVISOR,
        ids["advisor"],
        world.acme.partner.id,
    )
    row = await Advisor.get(id=ids["advisor"])
    assert (row.status, row.active_from, row.subject) == ("ACTIVE", now, "idp|nora")
    assert (await Invitation.get(id=ids["invitation"])).accepted_at == now
    [event] = await told("ADVISOR_JOINED")
    assert (event.subject_id, event.actor_role, event.actor_id) == (row.id, "ADVISOR", row.id)
    [entry] = await audited("acceptInvitation")
    assert (entry.actor_role, entry.subject_id, entry.partner_id) == (
        "NEWCOMER",
        row.id,
        world.acme.partner.id,
    )
    # Who it was; not what it took.
    assert entry.input == {"invitation_id": str(ids["invitation"]), "subject": "idp|nora"}


async def test_a_client_user_accepts_and_sees_its_client_alone(world: World) -> None:
    ids = await invited_user(world, world.acme)
    done = await accept(world, ids["invitation"], newcomer())
    assert done["client_user"] == ids["client_user"] and "advisor" not in done
    me = await by_subject(world.database, "idp|nora", world.clock.now())
    assert (me.role, me.client_id) == (Role.CLIENT_USER, world.acme.client.id)
    [event] = await told("CLIENT_USER_JOINED")
    assert (event.client_id, event.actor_id) == (world.acme.client.id, ids["client_user"])
    # Somebody else's, and somebody who is here already.
    other = await invited_user(world, world.rival)
    for actor in (newcomer(), me):
        async with refused(ErrorCode.INVALID, "token"):
            await accept(world, other["invitation"], actor)
    # A repeat by the person whom the newcomer has become does nothing more.
    before = await everything()
    assert await accept(world, ids["invitation"], me) == done
    assert await everything() == before


async def test_an_invitation_that_ended_lets_nobody_in(world: World) -> None:
    acme = world.acme
    used = (await invited_advisor(world, acme, "used@a.example"))["invitation"]
    await accept(world, used, newcomer("idp|used"))
    withdrawn = (await invited_user(world, acme, "withdrawn@a.example"))["invitation"]
    await withdraw(world, acme.as_admin(), withdrawn)
    renewed = (await invited_user(world, acme, "renewed@a.example"))["invitation"]
    await renew(world, acme.as_admin(), renewed)
    expired = (await invited_advisor(world, acme, "expired@a.example"))["invitation"]
    world.clock.advance(days=DAYS)
    for id in (used, withdrawn, renewed, expired):
        async with refused(ErrorCode.INVITATION_ENDED, "token"):
            await accept(world, id, newcomer())
        async with refused(ErrorCode.INVITATION_ENDED, "invitationId"):
            await withdraw(world, acme.as_admin(), id)
        with pytest.raises(Refused, match=r"accepted|expired|revoked"):
            await pending(world.caller(acme.as_admin()), id)
    for unknown in (None, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "token"):
            await accept(world, unknown, newcomer())


@pytest.mark.parametrize(
    ("email", "code"),
    [(EMAIL, None), (None, None), ("mallory@evil.example", ErrorCode.INVALID)],
)
async def test_a_verified_address_must_be_the_invited_one(
    world: World, email: str | None, code: ErrorCode | None
) -> None:
    ids = await invited_advisor(world, world.acme)
    if code is None:
        assert await accept(world, ids["invitation"], newcomer(email=email))
    else:
        async with refused(code, "token"):
            await accept(world, ids["invitation"], newcomer(email=email))


@pytest.mark.parametrize("subject", ["", "x" * 256])
async def test_a_subject_that_cannot_be_kept(world: World, subject: str) -> None:
    ids = await invited_advisor(world, world.acme)
    async with refused(ErrorCode.INVALID, "token"):
        await accept(world, ids["invitation"], newcomer(subject))


async def test_teams_that_are_not_at_work_take_nobody_in(world: World) -> None:
    acme = world.acme
    advisor, user = await invited_advisor(world, acme), await invited_user(world, acme)
    await Client.filter(id=acme.client.id).update(status="SUSPENDED")
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "token"):
        await accept(world, user["invitation"], newcomer())
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "invitationId"):
        await renew(world, acme.as_admin(), user["invitation"])
    await Partner.filter(id=acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "token"):
        await accept(world, advisor["invitation"], newcomer())


async def test_of_two_who_accept_at_once_one_gets_in(world: World) -> None:
    for attempt in range(3):
        ids = await invited_advisor(world, world.acme, f"n{attempt}@a.example")
        subjects = [f"idp|{attempt}.{n}" for n in range(4)]
        outcomes = await asyncio.gather(
            *(outcome(accept(world, ids["invitation"], newcomer(each))) for each in subjects)
        )
        codes = [each.problems[0].code for each in outcomes if isinstance(each, Refused)]
        assert codes == [ErrorCode.INVITATION_ENDED] * 3
        assert (await Advisor.get(id=ids["advisor"])).subject in subjects
    assert len(await told("ADVISOR_JOINED")) == 3


async def test_one_sign_in_accepts_one_of_two_invitations_at_once(world: World) -> None:
    for attempt in range(3):
        email = f"n{attempt}@a.example"
        mine = [
            await invited_advisor(world, world.acme, email),
            await invited_user(world, world.rival, email),
        ]
        who = newcomer(f"idp|{attempt}")
        outcomes = await asyncio.gather(
            *(outcome(accept(world, ids["invitation"], who)) for ids in mine)
        )
        assert sum(isinstance(each, Refused) for each in outcomes) == 1
        assert await by_subject(world.database, f"idp|{attempt}", world.clock.now())


async def test_a_renewal_makes_the_former_one_void(world: World) -> None:
    acme = world.acme
    ids = await invited_user(world, acme)
    world.clock.advance(days=1)
    newer = await renew(world, acme.as_advisor(), ids["invitation"])
    old, new = await Invitation.get(id=ids["invitation"]), await Invitation.get(id=newer)
    assert old.revoked_at == new.created_at == world.clock.now()
    assert new.expires_at == world.clock.now() + timedelta(days=DAYS)
    assert (new.client_user_id, new.email) == (ids["client_user"], EMAIL)
    assert [event.subject_id for event in await told("INVITATION_REVOKED")] == [old.id]
    # After its time it is not withdrawn but expired, and can be renewed all the same.
    world.clock.advance(days=DAYS)
    newest = await renew(world, acme.as_admin(), newer)
    assert (await Invitation.get(id=newer)).revoked_at is None
    await accept(world, newest, newcomer())
    async with refused(ErrorCode.INVITATION_ENDED, "invitationId"):
        await renew(world, acme.as_admin(), newest)


async def test_whoever_is_admitted_by_the_operator_has_accepted(world: World) -> None:
    ids = await invited_advisor(world, world.acme)
    await admit(world.database, world.clock, Role.ADVISOR, ids["advisor"], "idp|cli")
    assert (await Invitation.get(id=ids["invitation"])).accepted_at == world.clock.now()
    async with refused(ErrorCode.INVITATION_ENDED, "token"):
        await accept(world, ids["invitation"], newcomer())


async def test_who_may_send_an_invitation(world: World) -> None:
    acme, rival = world.acme, world.rival
    team, client = await invited_advisor(world, acme), await invited_user(world, acme)
    users_only = acme.as_app(Scope.CLIENTS_WRITE)

    async def attempt(code: ErrorCode, actor: Actor, id: UUID) -> None:
        async with refused(code, "invitationId"):
            await renew(world, actor, id)
        async with refused(code, "invitationId"):
            await withdraw(world, actor, id)
        with pytest.raises(Refused):
            await pending(world.caller(actor), id)

    for actor in (rival.as_admin(), rival.as_app(), rival.as_advisor(), acme.as_client_user()):
        for ids in (team, client):
            await attempt(ErrorCode.NOT_FOUND, actor, ids["invitation"])
    for actor in (acme.as_advisor(), users_only):
        await attempt(ErrorCode.ROLE_TOO_LOW, actor, team["invitation"])
    for actor in (world.as_vendor(), acme.as_admin(), acme.as_app()):
        assert (await pending(world.caller(actor), team["invitation"])).id == team["invitation"]
    for actor in (acme.as_advisor(), users_only):
        assert (await pending(world.caller(actor), client["invitation"])).id
    await AdvisorAssignment.all().update(role="VIEWER")
    await attempt(ErrorCode.ROLE_TOO_LOW, acme.as_advisor(), client["invitation"])


async def test_nothing_that_is_kept_lets_anybody_in(world: World, runtime) -> None:
    ids = await invite_advisor(
        world.caller(world.acme.as_admin()), InviteAdvisor("key", "Nora", EMAIL)
    )
    token = runtime.invitations.token(ids["invitation"])
    await accept(world, runtime.invitations.read(token), newcomer())
    kept = str(await everything())
    assert token not in kept and token.partition("_")[2][24:] not in kept
    assert await AuditEntry.all().count() == 2
    assert (await ClientUser.all().count(), await Advisor.filter(status="ACTIVE").count()) == (2, 5)
