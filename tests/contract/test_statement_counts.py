"""What is asked decides how many statements run, never how many rows there are."""

from collections.abc import Iterator

from graphql import GraphQLField, get_named_type

from app.context import Context
from app.persistence import models
from app.reads.selection import Field, Selection, asked
from schema.node import encode
from tests.contract.documents import (
    arguments,
    core,
    ids,
    is_connection,
    is_list_of_objects,
    node_types,
    object_types,
    one_hop,
)
from tests.contract.full_database import Full, parents
from tests.contract.recorded_sql import statements

MANY = 50

# Lists that no statement of their own is run for: JSON of the row that holds them.
PLAIN = {"TierResult", "EvaluationEffect", "InvoicePreview"}


def lists(schema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every connection and list of objects: the type it is on, its name, the field."""
    # Lists in plain data are counted with the field that gives it.
    known = {"Query", "TierChanged", *(type_.name for type_ in node_types(schema))}
    for type_ in object_types(schema):
        for name, field in type_.fields.items() if type_.name in known else ():
            plain = {f"{type_.name}.{name}", get_named_type(field.type).name} & PLAIN
            if not plain and (is_connection(field.type) or is_list_of_objects(field.type)):
                yield type_.name, name, field


def documents(schema, full: Full, inside: str = "id") -> dict[str, str]:
    """A document for every list of the schema, by its name there."""
    made, at = {}, parents(full)
    for type_name, name, field in lists(schema):
        if type_name == "TierChanged":
            continue
        given = arguments(field, first="100", ids=f"[{_partner_ids(full)}]")
        asked = f"{name}{given} {ids(field.type, inside)}"
        if type_name == "Query":
            made[f"Query.{name}"] = f"{{ {asked} }}"
        else:
            id = encode(type_name, at[type_name])
            made[f"{type_name}.{name}"] = (
                f'{{ node(id: "{id}") {{ ... on {type_name} {{ {asked} }} }} }}'
            )
    return made


def _partner_ids(full: Full) -> str:
    partners = full.shared.of(models.Partner)
    return ", ".join(f'"{encode("Partner", partner.id)}"' for partner in partners)


def items(value) -> int:
    """How many objects the deepest list of an answer has."""
    if isinstance(value, list):
        return max([len(value), *map(items, value)])
    return max(map(items, value.values()), default=0) if isinstance(value, dict) else 0


async def measure(ask, full: Full, made: dict[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """For each document, how many statements ran and how many items came."""
    counts, sizes = {}, {}
    for name, document in made.items():
        with statements() as sent:
            answer = await ask(full.world.as_vendor(), document)
        assert "errors" not in answer, (name, answer)
        counts[name], sizes[name] = len(sent), items(answer["data"])
    return counts, sizes


async def test_every_list_takes_as_many_statements_for_one_row_as_for_fifty(full, ask, schema):
    few, _ = await measure(ask, full, documents(schema, full))
    await full.grow(MANY, full.world.acme)
    many, sizes = await measure(ask, full, documents(schema, full))
    assert many == few
    # The rows were there indeed, but for plans, which are a closed list, for what is wrong with a
    # text, for what a line earns, which is one of each kind, for the months of a report, for whom
    # a partner's own item is, which is everybody, and for a client's part of the events.
    short = {name for name, size in sizes.items() if size < MANY}
    closed = {"Query.plans", "Query.validateTierProgram", "InvoiceLine.accruals"}
    assert short == closed | {"Query.ownRevenue", "ContentItem.audience", "Client.timeline"}
    assert sizes["Client.timeline"] >= MANY // 2


async def test_objects_behind_fifty_rows_take_as_many_statements_as_behind_one(full, ask, schema):
    # What versions say is kept once it was read.
    warm = "{ partners { nodes { tierProgress { asOf } benefits { held } } } }"
    assert "errors" not in await ask(full.world.as_vendor(), warm)
    few, _ = await measure(ask, full, two_hops(schema, full))
    await full.grow(MANY, full.world.acme)
    many, _ = await measure(ask, full, two_hops(schema, full))
    assert many == few


def two_hops(schema, full: Full) -> dict[str, str]:
    """For every list a document that asks its items for everything, and what that leads to."""
    made = {}
    for type_name, name, field in lists(schema):
        key = f"{type_name}.{name}"
        item = core(schema).type_map[get_named_type(field.type).name.removesuffix("Connection")]
        if type_name != "TierChanged" and item.name != "Node":
            made[key] = documents(schema, full, one_hop(item, first="2"))[key]
    return made


async def test_a_count_costs_one_statement_and_only_when_it_is_selected(full, ask, schema):
    plain = documents(schema, full)
    names = [f"{t}.{n}" for t, n, field in lists(schema) if is_connection(field.type)]
    without, _ = await measure(ask, full, {name: plain[name] for name in names})
    counted = {name: plain[name].replace("{ nodes", "{ totalCount nodes") for name in names}
    with_count, _ = await measure(ask, full, counted)
    assert with_count == {name: count + 1 for name, count in without.items()}
    skipped = {
        name: plain[name].replace("{ nodes", "{ totalCount @skip(if: true) nodes") for name in names
    }
    assert (await measure(ask, full, skipped))[0] == without


PAGE = """
query Page($id: ID!) { partner(id: $id) {
    name standing { tier { name benefits { value } } } slots { available }
    clients(first: 100) { totalCount nodes {
        name plan { name } bracket { label } subscription { price { amount } } trial { endsAt }
        template { name items { item { title } } }
        advisors(first: 10) { totalCount nodes { role advisor { name } } }
        users(first: 10) { nodes { name } }
        content(first: 10) { nodes { item { title latestVersion { number } } version { number } } }
    } }
} }
"""


async def test_a_portal_page_takes_as_many_statements_for_one_client_as_for_fifty(full, ask):
    acme = full.world.acme
    sent = {}
    for size in (1, MANY):
        await full.grow(size, acme)
        with statements() as seen:
            answer = await ask(acme.as_admin(), PAGE, id=encode("Partner", acme.partner.id))
        assert "errors" not in answer
        sent[size] = len(seen)
        found = answer["data"]["partner"]["clients"]
        assert len(found["nodes"]) == found["totalCount"] == size + 1
    assert sent[1] == sent[MANY]


async def test_a_tier_change_takes_as_many_statements_for_one_benefit_as_for_fifty(
    full, runtime, schema
):
    event = parents(full)["TierChanged"]
    # A decision is of no client.
    await models.Event.filter(id=event).update(client_id=None)
    fields = [name for type_name, name, _ in lists(schema) if type_name == "TierChanged"]
    benefit = Selection("TierBenefit", (Field("id", "id"),))
    change_of = Selection("TierChanged", tuple(Field(f, f, selection=benefit) for f in fields))
    context = Context(runtime, full.world.as_vendor(), "test")
    sent = {}
    for size in (1, MANY):
        await full.grow(size, full.world.acme)
        with statements() as seen:
            change = await context.reads.one(asked(change_of), event)
        assert [len(change[field]) for field in fields] == [size] * len(fields)
        sent[size] = len(seen)
    assert sent[1] == sent[MANY] and len(fields) == 2
