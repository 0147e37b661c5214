"""Keys to act as anyone on a demo server."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.auth.api_keys import revoke_key, verify_key
from app.auth.refusal import Reason, Unauthenticated
from app.demo import demo_keys, load_demo
from app.domain.identity import Role, Scope
from app.persistence.database import Database
from app.persistence.models import AdvisorAssignment, ApiKey, Client, ClientUser
from tests.conftest import empty

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = b"a secret of the server, for tests only"


@pytest.fixture(scope="module")
async def loaded(migrated: Database) -> AsyncIterator[Database]:
    """The demo, loaded once: tests here only add keys."""
    await empty(migrated)
    await load_demo(migrated, now=NOW)
    yield migrated
    await empty(migrated)


@pytest.fixture
async def demo(loaded: Database) -> Database:
    await ApiKey.all().delete()
    return loaded


async def _keys(demo, clock, folder, secret=SECRET):
    return {key.id: key for key in await demo_keys(demo, clock, secret, folder)}


async def test_there_is_a_key_for_each_role_and_none_for_the_public(demo, clock, tmp_path):
    keys = await _keys(demo, clock, tmp_path)

    assert list(keys) == [
        "partner_admin",
        "advisor",
        "client_user",
        "vendor_admin",
        "vendor_analyst",
        "partner_app",
        "public",
    ]
    assert keys["public"].key is None
    for key in keys.values():
        assert key.label and key.description
        if key.key:
            assert (await verify_key(demo, clock, SECRET, key.key)).role is key.role


async def test_the_keys_belong_to_people_who_have_something_to_see(demo, clock, tmp_path):
    keys = await _keys(demo, clock, tmp_path)
    actors = {
        id: await verify_key(demo, clock, SECRET, key.key) for id, key in keys.items() if key.key
    }

    big = actors["partner_admin"].partner_id
    assert await Client.filter(partner_id=big).count() == 120
    assert {actors[id].partner_id for id in ("advisor", "client_user", "partner_app")} == {big}
    assigned = await AdvisorAssignment.filter(
        advisor_id=actors["advisor"].user_id, ended_at=None
    ).values_list("client_id", flat=True)
    assert 1 < len(assigned) < 120
    user = await ClientUser.get(id=actors["client_user"].user_id)
    assert user.client_id == actors["client_user"].client_id
    assert user.client_id in assigned
    assert actors["partner_app"].scopes == frozenset(Scope)
    assert actors["vendor_admin"].is_vendor


async def test_keys_are_made_once_and_kept_for_the_owner_alone(demo, clock, tmp_path):
    folder = tmp_path / "data"
    first = await _keys(demo, clock, folder)
    made = await ApiKey.all().count()

    clock.advance(days=1)
    assert await _keys(demo, clock, folder) == first

    assert await ApiKey.all().count() == made == 6
    path = folder / "demo-keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(folder.iterdir()) == [path]
    entries = json.loads(path.read_text())
    assert set(entries[0]) == {"id", "label", "description", "role", "key"}
    assert entries[-1]["key"] is None


async def test_keys_of_another_database_or_secret_are_made_anew(demo, clock, tmp_path):
    first = await _keys(demo, clock, tmp_path)

    other = b"another secret of another server, 32+"
    second = await _keys(demo, clock, tmp_path, secret=other)

    assert first["advisor"].key != second["advisor"].key
    assert (await verify_key(demo, clock, other, second["advisor"].key)).role is Role.ADVISOR


async def test_a_damaged_file_is_replaced(demo, clock, tmp_path):
    for damage in ("", "{", "[]", '[{"id": "x"}]', "null", '{"a": 1}', "\udcff"):
        content = damage.encode("utf-8", "surrogateescape")
        (tmp_path / "demo-keys.json").write_bytes(content)

        keys = await _keys(demo, clock, tmp_path)

        assert (await verify_key(demo, clock, SECRET, keys["advisor"].key)).role is Role.ADVISOR


async def test_a_revoked_key_stays_revoked(demo, clock, tmp_path):
    keys = await _keys(demo, clock, tmp_path)
    await revoke_key(demo, clock, keys["advisor"].key)

    assert await _keys(demo, clock, tmp_path) == keys
    with pytest.raises(Unauthenticated) as refused:
        await verify_key(demo, clock, SECRET, keys["advisor"].key)
    assert refused.value.reason is Reason.KEY_REVOKED


async def test_without_the_demo_there_are_no_keys(database, clock, tmp_path):
    with pytest.raises(LookupError, match="load the demo"):
        await demo_keys(database, clock, SECRET, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_nobody_gets_keys_to_another_vendors_database(world, clock, tmp_path):
    with pytest.raises(LookupError):
        await demo_keys(world.database, clock, SECRET, tmp_path)
    assert not await ApiKey.exists()
