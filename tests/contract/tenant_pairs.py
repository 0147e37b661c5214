"""Two teams side by side, and who asks for what at the places that take ids."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from strawberry import Schema

from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Role, Scope
from app.graphql.endpoint import ApiSchema
from app.persistence import models
from schema.node import encode
from tests.api.ladder import KEY
from tests.api.valid_calls import Call, calls
from tests.clients import add_advisor, add_item, add_version
from tests.contract.documents import core, node_types
from tests.contract.full_database import Full
from tests.contract.id_arguments import Place, field_call, put
from tests.execute import Ask
from tests.invitations import newcomer
from tests.world import Team, World

Ids = Mapping[str, list[str]]


@dataclass
class Neighbours:
    """Two teams with rows in all tables, and a call of each mutation."""

    full: Full
    calls: Mapping[str, Call]
    idle: Actor
    # What is of the one team, of the other, and of one client of each.
    ids: Mapping[UUID, Ids]

    @property
    def world(self) -> World:
        return self.full.world

    def owner(self, place: Place) -> Team:
        """The team whose ids a place is tried with: whoever makes the call of the mutation."""
        rival = self.world.rival
        call = self.calls.get(place.field) if place.on == "Mutation" else None
        return rival if call and call.actor.partner_id == rival.partner.id else self.world.acme

    def given(self, place: Place) -> dict[str, Any]:
        """What a place's argument has besides the id, so that the id is looked at."""
        if str(place).startswith("Query.previewContentPush."):
            return dict(self.calls["pushContent"].input)
        if place.on != "Mutation":
            return {}
        version = self.full.teams["acme"].of(models.ContentVersion)[0]
        more: Mapping[str, Any] = {
            "publishContentVersion.versionId": {"body": None},
            "approveAccruals.ids": {"upTo": None},
            "items.versionId": {
                "items": [{"contentItemId": encode("ContentItem", version.item_id)}]
            },
        }
        found = [more.get(f"{part}.{place.path[-1]}", {}) for part in (place.field, place.path[-2])]
        key = {"idempotencyKey": str(uuid4())}
        return {**key, **self.calls[place.field].input, **found[0], **found[1]}

    def actors(self, team: Team) -> dict[str, Actor]:
        """Everybody who is not the vendor."""
        found = outsiders(team)
        if self.world.database.dialect == "postgres":
            # What a scope opens is decided before any statement.
            found = {who: actor for who, actor in found.items() if not who.startswith("app with")}
        return found | ({"idle advisor": self.idle} if team is self.world.acme else {})


def outsiders(team: Team) -> dict[str, Actor]:
    """The people and apps of a team, and those who are of none."""
    return {
        "partner admin": team.as_admin(),
        "advisor": team.as_advisor(),
        "client user": team.as_client_user(),
        "app": team.as_app(),
        **{f"app with {scope}": team.as_app(scope) for scope in Scope},
        "newcomer": newcomer(),
        "public": PUBLIC,
    }


async def make_neighbours(world: World, schema: ApiSchema) -> Neighbours:
    """Both teams with rows in all tables, and what the calls need."""
    # The calls have an open item of their own.
    item = await add_item(world.open_library, "Open")
    full = Full(replace(world, open_item=item, open_version=await add_version(item, 1)))
    await full.grow(3, world.acme, world.rival)
    await models.Partner.all().update(activity_count=9)
    await models.DocumentCounter.all().delete()
    await models.DocumentCounter.bulk_create(
        [models.DocumentCounter(kind=kind, last_number=1000) for kind in ("INVOICE", "STATEMENT")]
    )
    made = await calls(world)
    idle = await add_advisor(world.acme, "Ida Idle")
    ids: dict[UUID, Ids] = {}
    for team in (world.acme, world.rival):
        other = full.teams[team.partner.slug].of(models.Client)[0]
        # Nobody but the admins has to do with it.
        await models.AdvisorAssignment.filter(client_id=other.id).update(ended_at=other.created_at)
        ids[team.partner.id] = await ids_of(schema, "partner_id", team.partner.id)
        ids[team.client.id] = await ids_of(schema, "client_id", other.id)
    role, acme = Role.ADVISOR, world.acme.partner.id
    return Neighbours(full, made, Actor(role, idle.id, acme, name=idle.name), ids)


async def ids_of(schema: Schema, column: str, owner: UUID) -> Ids:
    """The global ids of what belongs to a partner or to a client, by type; and itself."""
    found = {}
    for type_ in node_types(schema):
        model = type_.extensions["strawberry-definition"].origin.__model__
        own = "id" if f"{model._meta.db_table}_id" == column else column
        if own in model._meta.fields_map:
            of_owner = model.filter(**{own: owner})
            rows = [
                *await of_owner.order_by("id").limit(2),
                *await of_owner.order_by("-id").limit(6),
            ]
            found[type_.name] = [encode(type_.name, row.id) for row in rows]
    return found


@dataclass
class Asker:
    """Asks at a place, with one id or another."""

    ask: Ask
    schema: ApiSchema
    near: Neighbours

    async def at(self, place: Place, actor: Actor, team: Team, id: str) -> dict[str, Any]:
        """The answer to an actor of a team."""
        types = core(self.schema)
        field = types.type_map[place.on].fields[place.field]  # type: ignore[attr-defined]
        declared, call = field_call(field, place.field, place, program=f'"{KEY}"')
        given = self.near.given(place)
        variables: dict[str, Any] = {}
        if place.on == "Mutation":
            document = f"mutation({declared}) {{ {call} }}"
        elif place.on == "Query":
            document = f"query({declared}) {{ {call} }}"
        else:
            own = self.near.ids[team.partner.id][place.on][0]
            variables["of"] = own
            on = f"node(id: $of) {{ ... on {place.on} {{ {call} }} }}"
            document = f"query($of: ID!, {declared}) {{ {on} }}"
        value = put(field.args[place.path[0]].type, given, place.path[1:], await name_of(place, id))
        return await self.ask(actor, document, **variables, v=value)


async def name_of(place: Place, id: str) -> Any:
    """The id, or what else the object is named by."""
    row = UUID(id.rpartition("_")[2])
    if place.path == ("slug",):
        return (await models.Partner.filter(id=row).values_list("slug", flat=True) or ["none"])[0]
    if place.path == ("number",):
        return (await models.Invoice.filter(id=row).values_list("number", flat=True) or [9999])[0]
    return id
