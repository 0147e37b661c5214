"""Creating a client: everything it starts with, for every plan."""

from datetime import timedelta

import pytest

from app.domain.clients import NewClientUser
from app.domain.ids import global_id
from app.domain.plans import BillingInterval, PlanCode
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    ClientUser,
    ContentGrant,
    Event,
    Partner,
    SlotEntry,
    Subscription,
    Trial,
    TrialTerm,
)
from app.services.billing.slots import available
from app.services.clients.create_client import create_client
from tests.clients import (
    USER,
    add_advisor,
    add_item,
    add_template,
    add_version,
    created,
    new_client,
)
from tests.refusals import audited, everything, told
from tests.world import World


async def assigned(client: Client) -> list[str]:
    rows = await AdvisorAssignment.filter(client_id=client.id).order_by("id")
    rows = [await row.fetch_related("advisor") or row for row in rows]
    return [row.advisor.name for row in rows]


async def test_a_free_client(world: World) -> None:
    client = await created(
        world, world.acme, name="  Newco   Ltd ", domain="https://www.Newco.example/about"
    )

    assert (client.name, client.name_key, client.domain) == (
        "Newco Ltd",
        "newco ltd",
        "newco.example",
    )
    assert client.partner_id == world.acme.partner.id
    assert (client.status, client.plan_id) == ("ACTIVE", "FREE")
    assert (client.employee_count, client.bracket_id, client.size_source) == (
        42,
        "11-50",
        "COUNTED",
    )
    assert client.created_by == world.acme.admin.id
    assert client.created_at == world.clock.now()
    assert not client.domain_shared
    assert await available(world.acme.partner.id) == 2
    assert not await Subscription.exists()


async def test_a_size_that_was_declared(world: World) -> None:
    client = await created(world, world.acme, employee_count=None, bracket_code="51-200")

    assert (client.employee_count, client.bracket_id, client.size_source) == (
        None,
        "51-200",
        "DECLARED",
    )


async def test_an_event_each_and_one_audit_entry(world: World) -> None:
    client = await created(world, world.acme, users=(USER,))

    [event] = await told("CLIENT_CREATED")
    assert event.subject_id == client.id
    assert event.data == {"name": "Newco Ltd", "plan": "FREE", "templateId": None}
    [assignment] = await told("ADVISOR_ASSIGNED")
    assert assignment.subject_id == world.acme.admin.id
    [added] = await told("CLIENT_USER_ADDED")
    assert added.data == {"name": "Una User"}
    for each in await Event.all():
        assert (each.partner_id, each.client_id) == (world.acme.partner.id, client.id)
        assert each.occurred_at == world.clock.now()
    [audit] = await audited("createClient")
    assert (audit.subject_id, audit.partner_id) == (client.id, world.acme.partner.id)
    assert audit.input["domain"] == "newco.example"
    assert "idempotency_key" not in audit.input


async def test_users_are_invited_once_each(world: World) -> None:
    users = (
        USER,
        NewClientUser("una user", "UNA@newco.example"),
        NewClientUser("B", "b@c.example"),
    )
    client = await created(world, world.acme, users=users)

    rows = await ClientUser.filter(client_id=client.id).order_by("id")
    assert [(row.name, row.email, row.status) for row in rows] == [
        ("Una User", "una@newco.example", "INVITED"),
        ("B", "b@c.example", "INVITED"),
    ]


async def test_assessment_only_takes_a_slot(world: World) -> None:
    client = await created(world, world.acme, plan_code=PlanCode.ASSESSMENT_ONLY)

    [entry] = await SlotEntry.filter(kind="CONSUMED")
    assert (entry.client_id, entry.quantity) == (client.id, -1)
    assert await available(world.acme.partner.id) == 1
    assert await available(world.rival.partner.id) == 2


@pytest.mark.parametrize(("model", "payer"), [("RESELLER", "PARTNER"), ("NON_RESELLER", "CLIENT")])
async def test_full_feature_starts_a_subscription(world: World, model: str, payer: str) -> None:
    await Partner.filter(id=world.acme.partner.id).update(billing_model=model)

    client = await created(
        world, world.acme, plan_code=PlanCode.FULL_FEATURE, interval=BillingInterval.YEAR
    )

    [subscription] = await Subscription.all()
    assert subscription.client_id == client.id
    assert (subscription.status, subscription.payer) == ("ACTIVE", payer)
    assert (subscription.interval, subscription.amount_minor) == ("YEAR", 200_000)
    assert subscription.currency_code == "USD"
    assert subscription.billing_starts_at == subscription.started_at == world.clock.now()
    assert not await Trial.exists()
    assert await available(world.acme.partner.id) == 2


async def test_trial_days_of_new_clients_are_data(world: World) -> None:
    await TrialTerm.filter(plan_id="FULL_FEATURE", way_in="CREATE").update(trial_days=7)

    client = await created(world, world.acme, plan_code=PlanCode.FULL_FEATURE)

    [trial] = await Trial.all()
    [subscription] = await Subscription.all()
    assert (trial.client_id, trial.former_plan_id) == (client.id, "FREE")
    assert trial.ends_at == world.clock.now() + timedelta(days=7) == subscription.billing_starts_at
    assert subscription.status == "TRIALING"


async def test_a_template_brings_plan_content_and_advisors(world: World) -> None:
    acme = world.acme
    fixed_item = await add_item(acme.library, "Fixed")
    fixed = await add_version(fixed_item, 1)
    await add_version(fixed_item, 2)
    latest_item = await add_item(acme.library, "Latest")
    await add_version(latest_item, 1)
    latest = await add_version(latest_item, 2)
    await add_version(latest_item, 3, "DRAFT")
    adopted_item = await add_item(
        acme.library,
        "Adopted",
        adopted_item=world.open_item,
        adopted_version=world.open_version,
    )
    await add_version(world.open_item, 2)
    template = await add_template(
        acme,
        fixed,
        latest_item,
        adopted_item,
        plan=PlanCode.ASSESSMENT_ONLY,
        advisors=(acme.advisor,),
    )

    client = await created(world, acme, plan_code=None, template_id=template.id)

    assert (client.plan_id, client.template_id) == ("ASSESSMENT_ONLY", template.id)
    grants = await ContentGrant.filter(client_id=client.id).order_by("id")
    assert [(g.item_id, g.version_id, g.source) for g in grants] == [
        (fixed_item.id, fixed.id, "TEMPLATE"),
        (latest_item.id, latest.id, "TEMPLATE"),
        (adopted_item.id, world.open_version.id, "TEMPLATE"),
    ]
    assert await assigned(client) == ["Adam Advisor", "Paula Admin"]
    [event] = await told("CLIENT_CREATED")
    assert event.data["templateId"] == global_id("ClientTemplate", template.id)


async def test_later_versions_do_not_reach_the_client(world: World) -> None:
    template = await add_template(world.acme, world.open_item)
    client = await created(world, world.acme, plan_code=None, template_id=template.id)

    await add_version(world.open_item, 2)

    [grant] = await ContentGrant.filter(client_id=client.id)
    assert grant.version_id == world.open_version.id


async def test_plan_and_template_may_both_be_given_if_they_agree(world: World) -> None:
    template = await add_template(world.acme)
    client = await created(world, world.acme, template_id=template.id)
    assert (client.plan_id, client.template_id) == ("FREE", template.id)


async def test_advisors_who_are_named_replace_the_defaults(world: World) -> None:
    grace = await add_advisor(world.acme, "Grace Guide")
    template = await add_template(world.acme, advisors=(world.acme.advisor,))

    client = await created(
        world, world.acme, template_id=template.id, advisor_ids=(grace.id, grace.id)
    )
    alone = await created(world, world.acme, domain="alone.example", advisor_ids=())

    assert await assigned(client) == ["Grace Guide"]
    assert await assigned(alone) == []


async def test_a_default_advisor_who_has_left_is_passed_over(world: World) -> None:
    gone = await add_advisor(world.acme, "Gone Guide", status="REVOKED")
    template = await add_template(world.acme, advisors=(gone,))

    client = await created(world, world.acme, template_id=template.id)

    assert await assigned(client) == ["Paula Admin"]


async def test_an_advisor_who_creates_a_client_works_in_it(world: World) -> None:
    ids = await create_client(world.caller(world.acme.as_advisor()), new_client())
    assert await assigned(await Client.get(id=ids["client"])) == ["Adam Advisor"]


async def test_an_app_of_the_partner(world: World) -> None:
    ids = await create_client(world.caller(world.acme.as_app()), new_client())

    client = await Client.get(id=ids["client"])
    assert client.created_by is None
    assert await assigned(client) == []


async def test_the_vendor_creates_for_a_partner(world: World) -> None:
    vendor = world.caller(world.as_vendor())
    ids = await create_client(vendor, new_client(partner_id=world.acme.partner.id))

    client = await Client.get(id=ids["client"])
    assert client.partner_id == world.acme.partner.id
    assert await assigned(client) == []


async def test_a_partner_may_name_itself(world: World) -> None:
    client = await created(world, world.acme, partner_id=world.acme.partner.id)
    assert client.partner_id == world.acme.partner.id


async def test_a_repeat_gives_the_same_client_and_does_nothing(world: World) -> None:
    caller = world.caller(world.acme.as_admin())
    input = new_client(plan_code=PlanCode.ASSESSMENT_ONLY)
    first = await create_client(caller, input)
    before = await everything()

    assert await create_client(caller, input) == first
    assert await everything() == before
