"""Admitting people: an invited person becomes active, and tokens with the subject are theirs."""

import pytest

from app.auth.admission import admit
from app.auth.people import by_subject
from app.auth.refusal import Unauthenticated
from app.domain.identity import Role
from app.persistence.models import Advisor, ClientUser
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


async def test_a_subject_of_somebody_else_is_refused(world: World) -> None:
    await admit(world.database, world.clock, Role.ADVISOR, world.acme.advisor.id, "idp|one")
    before = await everything()
    with pytest.raises(ValueError, match="somebody else"):
        await admit(world.database, world.clock, Role.ADVISOR, world.rival.advisor.id, "idp|one")
    assert await everything() == before
