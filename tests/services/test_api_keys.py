"""API keys and the people behind them, on both databases."""

import stat
from datetime import timedelta
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from app.auth.actor import PUBLIC
from app.auth.api_keys import NewKey, create_key, list_keys, revoke_key, verify_key
from app.auth.authenticate import Authenticator
from app.auth.people import by_email, by_subject
from app.auth.refusal import Reason, Unauthenticated
from app.auth.secrets import server_secret
from app.cli import app
from app.cli.shared import Wrong
from app.domain.identity import Role, Scope
from app.persistence.models import (
    Advisor,
    ApiKey,
    AuditEntry,
    Client,
    ClientUser,
    Partner,
    VendorUser,
)
from app.persistence.shared_answers import Recent
from app.settings import Settings
from tests.world import World

SECRET = b"s" * 32


async def make(world: World, clock, role: Role, person=None, **more):
    new = NewKey("test", role, person, **more)
    return await create_key(world.database, clock, SECRET, new)


async def actor(world: World, clock, text: str, secret: bytes = SECRET):
    return await verify_key(world.database, clock, secret, text)


async def refusal(world: World, clock, text: str, secret: bytes = SECRET) -> Reason:
    with pytest.raises(Unauthenticated) as refused:
        await actor(world, clock, text, secret)
    return refused.value.reason


async def test_a_key_acts_as_its_person(world: World, clock):
    acme = world.acme
    people = [
        (Role.VENDOR_ADMIN, world.vendor_admin.id, world.as_vendor()),
        (Role.VENDOR_ANALYST, world.vendor_analyst.id, world.as_analyst()),
        (Role.PARTNER_ADMIN, acme.admin.id, acme.as_admin()),
        (Role.ADVISOR, acme.advisor.id, acme.as_advisor()),
        (Role.CLIENT_USER, acme.client_user.id, acme.as_client_user()),
    ]
    for role, person, expected in people:
        key = await make(world, clock, role, person)
        found = await actor(world, clock, key.text)
        assert (found.role, found.user_id, found.partner_id, found.client_id) == (
            expected.role,
            expected.user_id,
            expected.partner_id,
            expected.client_id,
        )
        assert found.api_key_id == key.id
        assert found.scopes is None


async def test_a_key_of_an_app_has_its_scopes_and_partner(world: World, clock):
    scopes = frozenset({Scope.CLIENTS_READ, Scope.EVENTS_READ})
    partner = await make(world, clock, Role.APP, partner_id=world.acme.partner.id, scopes=scopes)
    found = await actor(world, clock, partner.text)
    assert (found.role, found.partner_id, found.scopes) == (Role.APP, world.acme.partner.id, scopes)
    assert not found.is_vendor
    vendor = await make(world, clock, Role.APP, scopes=scopes)
    assert (await actor(world, clock, vendor.text)).is_vendor


async def test_only_a_keyed_hash_is_kept(world: World, clock):
    key = await make(world, clock, Role.VENDOR_ADMIN, world.vendor_admin.id)
    row = await ApiKey.get(id=key.id)
    secret = key.text.partition(".")[2]
    assert secret not in str(dict(row))
    assert await refusal(world, clock, key.text, b"another server") == Reason.KEY_UNKNOWN


async def test_wrong_keys(world: World, clock):
    key = await make(world, clock, Role.VENDOR_ADMIN, world.vendor_admin.id)
    other = await make(world, clock, Role.VENDOR_ANALYST, world.vendor_analyst.id)
    head, _, secret = key.text.partition(".")
    for text in (
        "pg_",
        "pg_.",
        f"{head}.",
        f"{head}.{secret[:-1]}",
        f"{key.text}x",
        key.text.upper(),
        f"{head}.{other.text.partition('.')[2]}",
        f"{head}' OR 1=1 --.{secret}",
        f"pg_{'0' * 16}.{secret}",
        f"{key.text}\n",
        "pg_" + "x" * 100_000,
    ):
        assert await refusal(world, clock, text) == Reason.KEY_UNKNOWN


async def test_expiry_and_revocation(world: World, clock):
    expires_at = clock.now() + timedelta(days=1)
    key = await make(world, clock, Role.VENDOR_ADMIN, world.vendor_admin.id, expires_at=expires_at)
    clock.advance(hours=23, minutes=59)
    assert (await actor(world, clock, key.text)).role is Role.VENDOR_ADMIN
    clock.advance(minutes=1)
    assert await refusal(world, clock, key.text) == Reason.KEY_EXPIRED
    assert await revoke_key(world.database, clock, key.public_id)
    assert await refusal(world, clock, key.text) == Reason.KEY_REVOKED
    assert not await revoke_key(world.database, clock, key.public_id)
    assert not await revoke_key(world.database, clock, "unknown")


async def test_a_key_can_be_revoked_by_its_whole_text(world: World, clock):
    key = await make(world, clock, Role.VENDOR_ADMIN, world.vendor_admin.id)
    assert await revoke_key(world.database, clock, key.text)
    assert await refusal(world, clock, key.text) == Reason.KEY_REVOKED


async def test_inactive_people_are_refused(world: World, clock):
    acme = world.acme
    advisor = await make(world, clock, Role.ADVISOR, acme.advisor.id)
    user = await make(world, clock, Role.CLIENT_USER, acme.client_user.id)
    for status in ("INVITED", "REVOKED"):
        await Advisor.filter(id=acme.advisor.id).update(status=status)
        assert await refusal(world, clock, advisor.text) == Reason.PERSON_INACTIVE
        await ClientUser.filter(id=acme.client_user.id).update(status=status)
        assert await refusal(world, clock, user.text) == Reason.PERSON_INACTIVE
    await Advisor.filter(id=acme.advisor.id).update(status="ACTIVE", active_to=clock.now())
    assert await refusal(world, clock, advisor.text) == Reason.PERSON_INACTIVE
    await Advisor.filter(id=acme.advisor.id).update(
        active_from=clock.now() + timedelta(days=1), active_to=None
    )
    assert await refusal(world, clock, advisor.text) == Reason.PERSON_INACTIVE


@pytest.mark.parametrize("status", ["APPLIED", "SUSPENDED", "CLOSED", "REJECTED"])
async def test_a_partner_that_is_not_active_shuts_out_all_of_its_own(world: World, clock, status):
    acme = world.acme
    scopes = frozenset({Scope.CLIENTS_READ})
    keys = [
        await make(world, clock, Role.PARTNER_ADMIN, acme.admin.id),
        await make(world, clock, Role.CLIENT_USER, acme.client_user.id),
        await make(world, clock, Role.APP, partner_id=acme.partner.id, scopes=scopes),
    ]
    other = await make(world, clock, Role.PARTNER_ADMIN, world.rival.admin.id)
    await Partner.filter(id=acme.partner.id).update(status=status)
    for key in keys:
        assert await refusal(world, clock, key.text) == Reason.PARTNER_INACTIVE
    assert (await actor(world, clock, other.text)).partner_id == world.rival.partner.id


async def test_an_archived_client_shuts_out_its_users(world: World, clock):
    key = await make(world, clock, Role.CLIENT_USER, world.acme.client_user.id)
    await Client.filter(id=world.acme.client.id).update(status="PROVISIONING")
    assert (await actor(world, clock, key.text)).role is Role.CLIENT_USER
    await Client.filter(id=world.acme.client.id).update(status="SUSPENDED")
    assert await refusal(world, clock, key.text) == Reason.CLIENT_INACTIVE
    await Client.filter(id=world.acme.client.id).update(status="ARCHIVED", archived_at=clock.now())
    assert await refusal(world, clock, key.text) == Reason.CLIENT_INACTIVE


async def test_a_persons_role_is_the_one_it_has_now(world: World, clock):
    key = await make(world, clock, Role.PARTNER_ADMIN, world.acme.admin.id)
    await Advisor.filter(id=world.acme.admin.id).update(role="ADVISOR")
    assert (await actor(world, clock, key.text)).role is Role.ADVISOR


async def test_keys_that_make_no_sense_are_not_made(world: World, clock):
    person, scopes = world.vendor_admin.id, frozenset({Scope.CLIENTS_READ})
    wrong = [
        NewKey("", Role.VENDOR_ADMIN, person),
        NewKey("x" * 121, Role.VENDOR_ADMIN, person),
        NewKey("n", Role.VENDOR_ADMIN),
        NewKey("n", Role.VENDOR_ADMIN, person, scopes=scopes),
        NewKey("n", Role.APP),
        NewKey("n", Role.APP, person, scopes=scopes),
        NewKey("n", Role.PUBLIC),
        NewKey("n", Role.VENDOR_ADMIN, person, expires_at=clock.now()),
    ]
    for new in wrong:
        with pytest.raises(ValueError, match=r"\."):
            await create_key(world.database, clock, SECRET, new)
    assert await ApiKey.all().count() == 0


async def test_listing_and_audit(world: World, clock):
    first = await make(world, clock, Role.ADVISOR, world.acme.advisor.id)
    clock.advance(minutes=1)
    second = await make(world, clock, Role.APP, scopes=frozenset({Scope.CLIENTS_READ}))
    await revoke_key(world.database, clock, first.public_id)
    newest, oldest = await list_keys(world.database)
    assert (newest.public_id, newest.scopes, newest.partner) == (
        second.public_id,
        (Scope.CLIENTS_READ,),
        None,
    )
    assert (oldest.partner, oldest.revoked_at) == ("acme", clock.now())
    actions = await AuditEntry.all().order_by("at", "id").values_list("action", flat=True)
    assert actions == ["createApiKey", "createApiKey", "revokeApiKey"]
    assert first.text.partition(".")[2] not in str(await AuditEntry.all().values())


async def test_people_are_found_by_their_tokens_subject(world: World, clock):
    now = clock.now()
    await VendorUser.filter(id=world.vendor_admin.id).update(subject="vera")
    await Advisor.filter(id=world.acme.admin.id).update(subject="paula")
    await ClientUser.filter(id=world.acme.client_user.id).update(subject="uma")
    for subject, expected in (
        ("vera", world.as_vendor()),
        ("paula", world.acme.as_admin()),
        ("uma", world.acme.as_client_user()),
    ):
        found = await by_subject(world.database, subject, now)
        assert (found.role, found.user_id, found.partner_id, found.client_id) == (
            expected.role,
            expected.user_id,
            expected.partner_id,
            expected.client_id,
        )
    await VendorUser.filter(id=world.vendor_admin.id).update(subject="paula")
    for subject in ("nobody", "", "x" * 300, "paula"):
        with pytest.raises(Unauthenticated) as refused:
            await by_subject(world.database, subject, now)
        assert refused.value.reason == Reason.TOKEN_SUBJECT_UNKNOWN
    await Advisor.filter(id=world.rival.admin.id).update(subject="gone", status="REVOKED")
    with pytest.raises(Unauthenticated) as refused:
        await by_subject(world.database, "gone", now)
    assert refused.value.reason == Reason.PERSON_INACTIVE


async def test_people_are_found_by_their_address(world: World):
    email = world.acme.admin.email
    found = await by_email(world.database, Role.PARTNER_ADMIN, email.upper(), "acme")
    assert found == world.acme.admin.id
    for role, address, partner in (
        (Role.PARTNER_ADMIN, email, "rival"),
        (Role.PARTNER_ADMIN, email, None),
        (Role.VENDOR_ADMIN, email, None),
    ):
        with pytest.raises(LookupError):
            await by_email(world.database, role, address, partner)


async def test_no_value_is_the_public(world: World, clock):
    authenticator = Authenticator(world.database, clock, SECRET, Recent(world.database, clock, 10))
    assert await authenticator.authenticate(None) is PUBLIC
    for value in ("", " ", "Bearer", "Bearer  ", "Basic x", "Bearer é", f"Token {uuid4()}"):
        with pytest.raises(Unauthenticated) as refused:
            await authenticator.authenticate(value)
        assert refused.value.reason == Reason.CREDENTIALS_MALFORMED
    key = await make(world, clock, Role.VENDOR_ADMIN, world.vendor_admin.id)
    assert (await authenticator.authenticate(f"bearer   {key.text} ")).is_vendor


SCOPE = ["--scope", "CLIENTS_READ"]
WRONG_OPTIONS = {
    "an app for nobody": (["APP", *SCOPE], "--partner or --vendor"),
    "an app for both": (["APP", *SCOPE, "--vendor", "--partner", "acme"], "--partner or --vendor"),
    "an app with a person": (["APP", *SCOPE, "--vendor", "--email", "a@b.example"], "no person"),
    "an app without scopes": (["APP", "--vendor"], "--scope"),
    "all at once": (["APP"], "--vendor. An APP needs at least one scope"),
    "a person for the vendor": (["VENDOR_ADMIN", "--email", "a@b.example", "--vendor"], "--vendor"),
    "a person with scopes": (["VENDOR_ADMIN", "--email", "a@b.example", *SCOPE], "--scope"),
    "a person without address": (["ADVISOR", "--partner", "acme"], "--email"),
}


@pytest.mark.parametrize(("options", "expected"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_options_that_do_not_fit_the_role_make_no_key(
    options, expected, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("PARTNERGRAPH_DATA_DIR", str(tmp_path / "untouched"))
    result = CliRunner().invoke(app, ["keys", "create", "--name", "n", "--role", *options])
    assert isinstance(result.exception, Wrong)
    assert expected in str(result.exception)
    assert result.output == ""
    assert not (tmp_path / "untouched").exists()


@pytest.mark.parametrize("role", ["PUBLIC", "SYSTEM", "NEWCOMER", "NOBODY"])
def test_a_role_without_keys_is_neither_offered_nor_taken(role):
    told = CliRunner().invoke(app, ["keys", "create", "--help"], env={"COLUMNS": "200"})
    assert role not in told.output and "CLIENT_USER" in told.output
    result = CliRunner().invoke(app, ["keys", "create", "--name", "n", "--role", role])
    assert result.exit_code == 2
    assert f"no keys for {role}" in result.output


def test_a_key_of_a_vendors_app_is_asked_for_by_name(deployment, commands):
    made = commands.run(
        *("keys", "create", "--name", "Report", "--role", "APP", "--vendor", *SCOPE),
        PARTNERGRAPH_DATA_DIR=str(deployment),
    )
    assert made.code == 0, made.err
    assert made.out.startswith("pg_")


def test_the_server_secret_is_made_once_and_private(tmp_path):
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")
    made = server_secret(settings)
    assert len(made) == 32
    assert server_secret(settings) == made
    path = tmp_path / "new" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret"]
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="too short"):
        server_secret(settings)
    given = Settings(_env_file=None, data_dir=tmp_path, secret="g" * 32)
    assert server_secret(given) == b"g" * 32
