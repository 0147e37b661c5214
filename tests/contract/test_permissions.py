"""Every root field says who may use it, and does what it says."""

from collections.abc import Iterator

import pytest

from app.auth.actor import PUBLIC as NOBODY
from app.auth.actor import Actor
from app.auth.policy import POLICY, Action
from app.context import Context
from app.domain.identity import Role, Scope
from resolvers import permissions
from resolvers.permissions import PERMISSION
from tests.api.database_digest import digest
from tests.contract.documents import minimal, roots
from tests.world import World

# Fields without a permission, and why each needs none.
PUBLIC_FIELDS = {
    # Tells who is asking, which is nobody without a key.
    "viewer",
    # The public face of the vendor: name, website, currency, time zone.
    "vendor",
    # Any object by id. What rows an actor sees is decided by the tenancy of each model.
    "node",
    "nodes",
    # What a published program says is no secret. Standings are scoped by their own tenancy.
    "tierProgram",
    "tierPrograms",
    # The catalogue without prices: the same for everybody.
    "plans",
    "employeeBrackets",
    # What time it is.
    "clock",
}


def declared(field) -> Action | str:
    return field.extensions["strawberry-definition"].metadata[PERMISSION]


def guarded(schema) -> Iterator[tuple[str, str, Action]]:
    """Every root field that needs a permission: its name, a document that asks for it, the need."""
    for kind, name, field in roots(schema):
        if isinstance(declared(field), Action):
            yield name, minimal(kind, name, field), declared(field)


async def ask_any(runtime, schema, actor: Actor, document: str) -> list[str]:
    """The codes of the errors that an actor gets for a query, mutation or subscription."""
    context = Context(runtime, actor, "test")
    if not document.startswith("subscription"):
        result = await schema.execute(document, context_value=context)
        return [error.extensions["code"] for error in result.errors or ()]
    events = await schema.stream(document, context_value=context)
    if not hasattr(events, "__anext__"):
        return [error.extensions["code"] for error in events.errors or ()]
    # Whoever is let in would wait for the first event without end: it is asked for in test_stream.
    async for result in events:
        return [error.extensions["code"] for error in result.errors or ()]
    return []


def test_every_root_field_declares_its_permission(schema):
    public = set()
    for _, name, field in roots(schema):
        permission = declared(field)
        assert permission == permissions.PUBLIC or permission in POLICY, name
        if permission == permissions.PUBLIC:
            public.add(name)
            assert field.description.endswith("Public."), name
        else:
            assert field.description.endswith(f"Needs {permission}."), name
    assert public == PUBLIC_FIELDS


# Files come in over plain HTTP: tests/api/test_attach_file.py.
OVER_HTTP = {Action.ATTACH_FILE}


def test_every_action_has_a_rule_and_every_mutation_needs_one(schema):
    assert set(POLICY) == set(Action)
    mutations = {name: declared(field) for kind, name, field in roots(schema) if kind == "mutation"}
    assert not PUBLIC_FIELDS & set(mutations)
    writes = {action for action in Action if not action.startswith("READ_")}
    assert set(mutations.values()) == writes - OVER_HTTP


async def test_the_public_is_asked_to_sign_in(world: World, schema, runtime):
    before = await digest(world.database)
    for name, document, _ in guarded(schema):
        assert await ask_any(runtime, schema, NOBODY, document) == ["UNAUTHENTICATED"], name
    assert await digest(world.database) == before


async def test_the_public_may_ask_the_public_fields(world: World, schema, runtime):
    for kind, name, field in roots(schema):
        if name in PUBLIC_FIELDS:
            document = minimal(kind, name, field)
            assert await ask_any(runtime, schema, NOBODY, document) == [], name


def people(world: World) -> list[Actor]:
    acme = world.acme
    return [
        world.as_vendor(),
        world.as_analyst(),
        acme.as_admin(),
        acme.as_advisor(),
        acme.as_client_user(),
    ]


def app(world: World, vendors: bool, scopes: set[Scope]) -> Actor:
    partner_id = None if vendors else world.acme.partner.id
    return Actor(
        Role.APP,
        partner_id=partner_id,
        api_key_id=world.acme.partner.id,
        scopes=frozenset(scopes),
    )


async def let_through(runtime, schema, actor: Actor, name: str, document: str) -> bool:
    """Whether an actor gets past the permission; being told what is wrong with the input counts."""
    codes = await ask_any(runtime, schema, actor, document)
    assert codes in ([], ["BAD_USER_INPUT"], ["FORBIDDEN"]), (actor.role, name, codes)
    return codes != ["FORBIDDEN"]


def without_streams(schema) -> Iterator[tuple[str, str, Action]]:
    return ((n, d, action) for n, d, action in guarded(schema) if not d.startswith("subscription"))


async def test_people_may_do_what_the_policy_says(world: World, schema, runtime):
    for actor in people(world):
        before = await digest(world.database)
        allowed = []
        for name, document, action in without_streams(schema):
            if actor.role in POLICY[action].roles:
                allowed.append((name, document))
            else:
                assert not await let_through(runtime, schema, actor, name, document), name
        assert await digest(world.database) == before, actor.role
        for name, document in allowed:
            assert await let_through(runtime, schema, actor, name, document), (actor.role, name)


@pytest.mark.parametrize("vendors", [True, False], ids=["of the vendor", "of a partner"])
async def test_apps_may_do_what_their_scopes_say(world: World, schema, runtime, vendors: bool):
    before = await digest(world.database)
    for name, document, action in without_streams(schema):
        scope = POLICY[action].scope
        # Whoever may write in an area may read there.
        enough = {scope, scope.replace("_READ", "_WRITE")}
        without = app(world, vendors, {other for other in Scope if other not in enough})
        assert not await let_through(runtime, schema, without, name, document), name
    assert await digest(world.database) == before
    admin = Role.VENDOR_ADMIN if vendors else Role.PARTNER_ADMIN
    for name, document, action in without_streams(schema):
        scoped = app(world, vendors, {POLICY[action].scope})
        expected = admin in POLICY[action].roles
        assert await let_through(runtime, schema, scoped, name, document) is expected, name


async def test_an_app_without_the_scope_may_not_subscribe(world: World, schema, runtime):
    streams = [item for item in guarded(schema) if item[1].startswith("subscription")]
    assert streams
    for name, document, action in streams:
        area = POLICY[action].scope.partition("_")[0]
        without = app(world, False, {scope for scope in Scope if not scope.startswith(area)})
        assert await ask_any(runtime, schema, without, document) == ["FORBIDDEN"], name
