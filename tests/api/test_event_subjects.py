"""What an event is about: a field whose type differs from row to row."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.auth.policy import Action
from app.context import Context, Runtime
from app.domain.events import EventType
from app.domain.identity import Scope
from app.events.outbox import append
from app.graphql.endpoint import build_schema
from app.persistence import models
from app.settings import Settings
from schema.events import SUBJECTS
from schema.fields import column, either, reads
from schema.node import Node, encode
from schema.planned import PlannedExecutor, selection_of
from schema.type_catalogue import build_catalogue
from tests.api.calls import Api
from tests.world import Team, World

EVENTS = """query($with: Boolean = true) { viewer { partner { events(first: 10) { nodes {
    type
    subject {
        __typename
        id
        ... on Client { name plan { code } advisors { nodes { advisor { name } } } }
        ... on Advisor @include(if: $with) { email }
        ...Title
    }
} } } } }
fragment Title on ContentItem { title }"""


async def happen(world: World, team: Team, *events: tuple[EventType, UUID]) -> None:
    """Commit these events of a team, the first one last in the list that the API gives."""

    async def unit() -> None:
        for number, (type, subject_id) in enumerate(events, 1):
            id = await append(
                type,
                subject_id=subject_id,
                actor=team.as_admin(),
                at=world.clock.now(),
                partner_id=team.partner.id,
            )
            await models.Event.filter(id=id).update(sequence=number, partner_sequence=number)

    await world.database.transaction(unit)


async def subjects(api: Api, world: World, team: Team) -> None:
    await happen(
        world,
        team,
        (EventType.PARTNER_CREATED, team.partner.id),
        (EventType.ADVISOR_INVITED, team.advisor.id),
        (EventType.CLIENT_CREATED, team.client.id),
    )


def test_every_type_of_event_says_what_it_is_about(schema):
    assert set(SUBJECTS) == set(EventType)
    for name in SUBJECTS.values():
        assert "id" in schema._schema.type_map[name].fields


async def test_each_subject_is_of_its_own_type(api: Api, world: World):
    acme = world.acme
    await subjects(api, world, acme)
    data = await api.data(acme.as_admin(), EVENTS)
    created, invited, began = data["viewer"]["partner"]["events"]["nodes"]
    assert created["subject"]["id"] == encode("Client", acme.client.id)
    assert list(created["subject"]) == ["__typename", "id", "name", "plan", "advisors"]
    assert invited["subject"] == {
        "__typename": "Advisor",
        "id": encode("Advisor", acme.advisor.id),
        "email": acme.advisor.email,
    }
    assert began["subject"] == {
        "__typename": "Partner",
        "id": encode("Partner", acme.partner.id),
    }
    data = await api.data(acme.as_admin(), EVENTS, **{"with": False})
    assert "email" not in data["viewer"]["partner"]["events"]["nodes"][1]["subject"]


async def test_what_one_may_not_see_is_null(api: Api, world: World):
    acme = world.acme
    await happen(world, acme, (EventType.CLIENT_CREATED, world.rival.client.id))
    data = await api.data(acme.as_admin(), EVENTS)
    assert data["viewer"]["partner"]["events"]["nodes"] == [
        {"type": "CLIENT_CREATED", "subject": None}
    ]


async def test_an_app_is_refused_only_the_subjects_it_has_no_scope_for(api: Api, world: World):
    acme = world.acme
    await subjects(api, world, acme)
    app = acme.as_app(Scope.EVENTS_READ, Scope.PARTNERS_READ)
    asked = EVENTS.replace("advisors { nodes { advisor { name } } }", "")
    answer = await api.ask(app, asked)
    nodes = answer["data"]["viewer"]["partner"]["events"]["nodes"]
    assert [node["subject"] and node["subject"]["__typename"] for node in nodes] == [
        None,
        "Advisor",
        "Partner",
    ]
    [error] = answer["errors"]
    assert error["path"] == ["viewer", "partner", "events", "nodes", 0, "subject"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "CLIENTS_READ" in error["message"]


@strawberry.type(description="A client.")
@reads(models.Client, Action.READ_CLIENTS)
class Customer(Node):
    domain: str = column("Its domain.")


@strawberry.type(description="An advisor.")
@reads(models.Advisor, Action.READ_PARTNERS)
class Colleague(Node):
    email: str = column("The address.")


About = Annotated[Customer | Colleague, strawberry.union("About")]


@strawberry.type(description="An event.")
@reads(models.Event, Action.READ_EVENTS)
class Happening(Node):
    about: About | None = either(
        "What it is about.",
        "t.subject_id",
        "t.type",
        {"CLIENT_CREATED": "Customer", "ADVISOR_INVITED": "Colleague"},
    )


@strawberry.type
class Query:
    @strawberry.field
    async def happenings(self, info: strawberry.Info) -> list[Happening]:
        return await info.context.reads.many(selection_of(info), "t.sequence")


async def test_unions_are_read_like_interfaces(api: Api, world: World):
    acme = world.acme
    await subjects(api, world, acme)
    schema = build_schema(Query, settings=Settings(), executor=PlannedExecutor)
    runtime = Runtime(Settings(), world.database, world.clock, build_catalogue(schema))
    result = await schema.execute(
        """{ happenings { about {
            __typename
            ... on Customer { domain }
            ... on Colleague { email }
            ... on Node { id }
        } } }""",
        context_value=Context(runtime, acme.as_admin(), "test"),
    )
    assert result.errors is None
    assert [one["about"] for one in result.data["happenings"]] == [
        None,
        {
            "__typename": "Colleague",
            "email": acme.advisor.email,
            "id": f"colleague_{acme.advisor.id.hex}",
        },
        {
            "__typename": "Customer",
            "domain": acme.client.domain,
            "id": f"customer_{acme.client.id.hex}",
        },
    ]
