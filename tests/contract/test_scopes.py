"""An APP key reads what its scopes cover, by whatever way it comes to an object."""

from uuid import uuid4

from app.auth.actor import Actor
from app.auth.policy import POLICY
from app.domain.identity import Role, Scope
from app.persistence import models
from schema.node import encode
from schema.type_catalogue import build_catalogue
from tests.contract.crawling import crawl, found_ids
from tests.contract.full_database import Full


def app(full: Full, *scopes: Scope) -> Actor:
    return Actor(
        Role.APP,
        partner_id=full.world.acme.partner.id,
        api_key_id=uuid4(),
        scopes=frozenset(scopes),
    )


def test_every_type_of_rows_of_a_partner_needs_a_scope(schema):
    for name, source in build_catalogue(schema).items():
        owned = "partner_id" in source.model._meta.fields_map or source.model is models.Partner
        assert not owned or source.permission, name


async def test_no_object_is_read_without_the_scope_of_its_type(full: Full, ask, schema):
    covered = 0
    for name, source in build_catalogue(schema).items():
        if source.permission is None or "id" not in source.fields:
            continue
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ id }} }} }}"
        scope = POLICY[source.permission].scope
        enough = {scope, scope.replace("_READ", "_WRITE")}
        without = app(full, *(each for each in Scope if each not in enough))
        answer = await ask(without, document, id=encode(name, uuid4()))
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], name
        row = await source.model.filter().first()
        assert row is not None
        assert answer == await ask(without, document, id=encode(name, row.id)), name
        allowed = await ask(app(full, scope), document, id=encode(name, uuid4()))
        assert allowed == {"data": {"node": None}}, name
        covered += 1
    assert covered > 12


async def test_a_key_for_content_reaches_content_alone(full: Full, ask, schema):
    reached = found_ids(await crawl(schema, ask, app(full, Scope.CONTENT_READ), apart=True))
    shared = ("plan_", "employee_bracket_", "tier_program_", "program_version_", "tier_")
    public = (*shared, "benefit_", "tier_benefit_", "vendor_")
    content = ("content_library_", "content_item_", "content_version_")
    templates = ("client_template_", "template_item_")
    assert all(any(id.startswith(prefix) for id in reached) for prefix in content)
    parts = ("content_audience_", "content_push_", "attachment_")
    known = (*public, *content, *parts, *templates)
    strangers = {id for id in reached if not id.startswith(known)}
    assert strangers == set()


async def test_a_key_without_scopes_reaches_what_is_public(full: Full, ask, schema):
    reached = found_ids(await crawl(schema, ask, app(full), apart=True))
    owned = {
        encode(type_name, row.id)
        for type_name, model in [
            ("Partner", models.Partner),
            ("Client", models.Client),
            ("ClientUser", models.ClientUser),
            ("Advisor", models.Advisor),
            ("ContentItem", models.ContentItem),
            ("Standing", models.Standing),
            ("TierDecision", models.TierDecision),
            ("Event", models.Event),
        ]
        for row in await model.all()
    }
    assert reached & owned == set() and len(owned) > 15
