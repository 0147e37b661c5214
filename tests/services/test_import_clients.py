"""Clients from a file: all rows or none, every refused row told by line, column and reason."""

from typing import Any
from uuid import uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode
from app.domain.plans import PlanCode
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    ClientUser,
    ContentGrant,
    Partner,
    SlotEntry,
    Subscription,
)
from app.services.billing.slots import available
from app.services.clients.import_clients import (
    ImportClients,
    RowsRefused,
    check_import,
    import_clients,
)
from tests.clients import add_advisor, add_item, add_template, add_version, created
from tests.contract.query_plans import sent
from tests.refusals import audited, everything, refused, told
from tests.world import World

HEADER = "name,domain,employees,bracket,plan,template,advisors,users,interval\n"
GOOD = HEADER + (
    'One Ltd,https://www.ONE.example/,42,,FREE,,,"Una <una@one.example>; Bo <bo@one.example>",\n'
    "Two Ltd,two.example,,201+,,,ada@acme.example; ADAM@acme.example,,\n"
    '"Three, ""=Sons""",three.example,7,,FULL_FEATURE,,,,YEAR\n'
    "Four Ltd,four.example,8,,ASSESSMENT_ONLY,,,,\n"
    "Five Ltd,five.example,9,,,baseline,,,\n"
)
Told = list[tuple[int, str, str]]


def file(text: str = GOOD, **changes: Any) -> ImportClients:
    return ImportClients(
        **{"idempotency_key": str(uuid4()), "csv": text, "plan_code": PlanCode.FREE, **changes}
    )


async def run(world: World, input: ImportClients, actor: Actor | None = None) -> list[Client]:
    ids = await import_clients(world.caller(actor or world.acme.as_admin()), input)
    return [await Client.get(id=id) for id in ids.values()]


async def refusals(world: World, input: ImportClients, actor: Actor | None = None) -> Told:
    """What is told of the rows, by a dry run and by the import alike; neither writes anything."""
    caller = world.caller(actor or world.acme.as_admin())
    before = await everything()
    rows = await check_import(caller, input)
    with pytest.raises(RowsRefused) as caught:
        await import_clients(caller, input)
    assert await everything() == before
    assert [row.problems for row in rows] == [row.problems for row in caught.value.rows]
    problems = [(row.line, problem) for row in rows for problem in row.problems]
    assert all(problem.message.endswith(".") for _, problem in problems)
    return [(line, "".join(problem.field), problem.code.value) for line, problem in problems]


@pytest.fixture
async def baseline(world: World) -> None:
    await add_advisor(world.acme, "Ada Other")
    item = await add_item(world.acme.library, "Handbook")
    await add_version(item, 1)
    await add_template(world.acme, item, advisors=(world.acme.advisor,))


@pytest.mark.usefixtures("baseline")
async def test_every_row_becomes_a_client(world: World) -> None:
    clients = await run(world, file("\ufeff" + GOOD.replace("\n", "\r\n")))

    assert [(c.name, c.domain, c.bracket_id, c.plan_id) for c in clients] == [
        ("One Ltd", "one.example", "11-50", "FREE"),
        ("Two Ltd", "two.example", "201+", "FREE"),
        ('Three, "=Sons"', "three.example", "1-10", "FULL_FEATURE"),
        ("Four Ltd", "four.example", "1-10", "ASSESSMENT_ONLY"),
        ("Five Ltd", "five.example", "1-10", "FREE"),
    ]
    one, two, three, four, five = (client.id for client in clients)
    users = await ClientUser.filter(client_id=one).order_by("id")
    assert [(u.name, u.email) for u in users] == [
        ("Una", "una@one.example"),
        ("Bo", "bo@one.example"),
    ]
    teams = {
        client.id: await AdvisorAssignment.filter(client_id=client.id).count() for client in clients
    }
    # Those named; else whoever imports, after the template's.
    assert teams == {one: 1, two: 2, three: 1, four: 1, five: 2}
    assert await Subscription.filter(client_id=three, interval="YEAR").count() == 1
    assert await SlotEntry.filter(client_id=four, quantity=-1).count() == 1
    assert await ContentGrant.filter(client_id=five).count() == 1

    assert [e.data["name"] for e in await told("CLIENT_CREATED")] == [c.name for c in clients]
    [entry] = await audited("importClients")
    assert entry.partner_id == world.acme.partner.id and "Ltd" not in entry.input["csv"]


async def test_all_that_is_wrong_is_told_at_once(world: World) -> None:
    await created(world, world.acme)
    text = HEADER + (
        ",newco.example,42,,FREE,,,,\n"  # 2
        "Two Ltd,no domain,0,,PAID,,,,WEEK\n"  # 3
        "Three Ltd,three.example,many,,,,nobody@acme.example,,\n"  # 4
        "Four Ltd,four.example,,huge,,,,una@four.example,\n"  # 5
        'Five Ltd,FOUR.example,4,,,,,"Una <una@>; Una <a@b.example>; Bo <a@b.example>",\n'  # 6
        "Six Ltd,six.example,,,,nothing,,,\n"  # 7
        "Seven Ltd,seven.example,7\n"  # 8
        "Eight Ltd,eight.example,8,,,,,,\n"  # 9
        ",,,,,,,,\n"  # 10: nothing
        "Nine Ltd,nine.example,,Nov-50,,,,,\n"  # 11
        "Ten Ltd,#N/A,10,,,,,,\n"  # 12
        "=Eleven,eleven.example,1.2E+05,,,,,,\n"  # 13
    )
    assert await refusals(world, file(text)) == [
        (2, "name", "REQUIRED"),
        (2, "domain", "DOMAIN_TAKEN"),
        (3, "plan", "INVALID"),
        (3, "interval", "INVALID"),
        (3, "domain", "INVALID"),
        (3, "employees", "INVALID"),
        (4, "employees", "INVALID"),
        (4, "advisors", "UNKNOWN_ADVISOR"),
        (5, "users", "INVALID"),
        (5, "bracket", "INVALID"),
        (6, "users", "INVALID"),
        (6, "domain", "DUPLICATE"),
        (7, "template", "NOT_FOUND"),
        (7, "employees", "REQUIRED"),
        (8, "", "INVALID"),
        (11, "bracket", "INVALID"),
        (12, "domain", "INVALID"),
        (13, "employees", "INVALID"),
    ]


async def test_slots_run_out_within_the_file(world: World) -> None:
    rows = "".join(f"C {n},c{n}.example,5,,ASSESSMENT_ONLY,,,,\n" for n in range(4))
    assert await refusals(world, file(HEADER + rows)) == [
        (4, "plan", "NO_SLOTS_AVAILABLE"),
        (5, "plan", "NO_SLOTS_AVAILABLE"),
    ]
    assert await available(world.acme.partner.id) == 2


async def test_prices_and_templates_are_of_the_partner(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(currency_code="JPY")
    await add_template(world.rival)
    text = HEADER + (
        "One,one.example,42,,FULL_FEATURE,,,,\nTwo,two.example,42,,,Baseline,adam@rival.example,,\n"
    )
    assert await refusals(world, file(text)) == [
        (2, "employees", "NO_PRICE"),
        (3, "template", "NOT_FOUND"),
        (3, "advisors", "UNKNOWN_ADVISOR"),
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "There is no column name, domain"),
        ("name|domain\nA|a.example\n", "There is no column name, domain"),
        ("name,domain,size\n", "'size' is not a column"),
        ("name,domain,name\n", "twice"),
        ("name,domain\n", "1 to 1,000 rows"),
        ('name,domain\nA,"a.example\n', "quote that does not end"),
        ("name,domain\nA\0,a.example\n", "NUL"),
        ("name,domain\n" + "A,a.example\n" * 1001, "1 to 1,000 rows"),
    ],
)
async def test_a_file_that_cannot_be_read(world: World, text: str, part: str) -> None:
    async with refused(ErrorCode.INVALID, "csv"):
        with pytest.raises(Exception, match=part) as caught:
            await run(world, file(text))
        raise caught.value


async def test_what_is_wrong_with_the_default_is_told_once(world: World) -> None:
    template = await add_template(world.acme, status="RETIRED")
    async with refused(ErrorCode.TEMPLATE_RETIRED, "start", "templateId"):
        await run(
            world, file("name,domain\nA,a.example\n", plan_code=None, template_id=template.id)
        )
    # Without a default each row needs a plan or a template.
    found = await refusals(world, file("name,domain,bracket\nA,a.example,1-10\n", plan_code=None))
    assert found == [(2, "plan", "REQUIRED")]


async def test_whose_clients_they_are(world: World) -> None:
    text = "name,domain,bracket\nA,a.example,1-10\n"
    vendor, acme = world.as_vendor(), world.acme.partner.id
    async with refused(ErrorCode.REQUIRED, "partnerId"):
        await run(world, file(text), vendor)
    async with refused(ErrorCode.NOT_FOUND, "partnerId"):
        await run(world, file(text, partner_id=acme), world.rival.as_admin())
    # An advisor would not see a client that it is not in.
    named = "name,domain,bracket,advisors\nA,a.example,1-10,paula@acme.example\n"
    assert await refusals(world, file(named), world.acme.as_advisor()) == [
        (2, "advisors", "INVALID")
    ]
    [client] = await run(world, file(text, partner_id=acme), vendor)
    assert client.partner_id == acme
    await Partner.filter(id=acme).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "partnerId"):
        await run(world, file(text, partner_id=acme), vendor)


async def test_a_repeat_gives_the_same_clients(world: World) -> None:
    input = file("name,domain,bracket\nA,a.example,1-10\nB,b.example,1-10\n")
    first = await run(world, input)
    before = await everything()
    assert [c.id for c in await run(world, input)] == [c.id for c in first]
    assert await everything() == before


@pytest.mark.usefixtures("baseline")
async def test_more_rows_take_no_more_statements(world: World) -> None:
    async def statements(count: int, plan: PlanCode | None) -> int:
        end = f"of{count}-{'plan' if plan else 'template'}.example"
        rows = "".join(f"C{n},c{n}.{end},5,Baseline\n" for n in range(count))
        text = "name,domain,employees,template\n" + rows
        if plan:
            text = text.replace(",Baseline\n", ",\n")
        with sent() as found:
            await run(world, file(text, plan_code=plan))
        # The clients are read back one by one.
        return len(found) - count

    for plan in (None, PlanCode.FULL_FEATURE):
        assert await statements(2, plan) == await statements(20, plan)
