"""The demo data: complete, consistent, as the service itself would have left it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from app.demo import is_loaded, load_demo
from app.domain.clients import ClientStatus
from app.domain.content import ContentKind, VersionStatus, checksum
from app.domain.domains import normalise_domain
from app.domain.partners import AdvisorStatus, BillingModel, PartnerStatus, PartnerType
from app.domain.plans import PlanCode, SubscriptionStatus
from app.domain.programs.vocabulary import BenefitChangeKind, TierDirection
from app.domain.text import slugify, sort_key
from app.persistence.database import Database
from app.persistence.models import (
    Advisor,
    AdvisorAssignment,
    BenefitChange,
    Client,
    ClientTemplate,
    ClientUser,
    ContentGrant,
    ContentItem,
    ContentLibrary,
    ContentVersion,
    Event,
    Invitation,
    Partner,
    Price,
    SlotEntry,
    Standing,
    Subscription,
    TemplateAdvisor,
    TemplateItem,
    Tier,
    TierBenefit,
    TierDecision,
    Trial,
    Vendor,
    VendorUser,
)
from tests.conftest import empty

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
async def demo(migrated: Database) -> AsyncIterator[Database]:
    """The demo at scale 1, loaded once: tests here only read."""
    await empty(migrated)
    await load_demo(migrated, now=NOW)
    yield migrated
    await empty(migrated)


def _grouped(rows: Iterable, *columns: str) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row, column) for column in columns)].append(row)
    return groups


async def test_it_is_loaded_and_its_size_is_as_promised(demo):
    assert await is_loaded(demo)
    assert await Partner.all().count() == 40
    assert await Client.all().count() == 600
    assert await ContentItem.filter(partner_id=None).count() == 40
    sizes = [len(clients) for clients in _grouped(await Client.all(), "partner_id").values()]
    assert max(sizes) == 120
    assert len(sizes) < 40, "some partners have no clients"
    assert len([size for size in sizes if 5 <= size <= 25]) > 20


async def test_every_value_of_what_a_portal_filters_by_is_there(demo):
    partners = await Partner.all()
    assert {p.type for p in partners} == set(PartnerType)
    assert {p.status for p in partners} == set(PartnerStatus)
    assert {p.billing_model for p in partners} == set(BillingModel)
    assert len({p.currency_code for p in partners}) >= 4
    clients = await Client.all()
    assert {c.plan_id for c in clients} == set(PlanCode)
    assert {c.status for c in clients} == set(ClientStatus) - {ClientStatus.PROVISIONING}
    assert len({c.bracket_id for c in clients}) == 8
    assert {a.status for a in await Advisor.all()} == set(AdvisorStatus)
    assert {i.kind for i in await ContentItem.filter(partner_id=None)} == set(ContentKind)
    assert {v.status for v in await ContentVersion.all()} == set(VersionStatus)
    assert {s.status for s in await Subscription.all()} == set(SubscriptionStatus)
    # RENEWED is for a new version of a program: the demo's next one is a draft.
    moved = {d.direction for d in await TierDecision.all()}
    assert moved == set(TierDirection) - {TierDirection.RENEWED}


async def test_most_partners_and_clients_are_active(demo):
    assert await Partner.filter(status="ACTIVE").count() > 30
    assert await Client.filter(status="ACTIVE").count() > 500


async def test_tiers_thin_out_to_the_top_and_some_partners_have_none(demo):
    count = {}
    for standing in await Standing.filter(program__key="sixclicks"):
        count[standing.tier_rank] = count.get(standing.tier_rank, 0) + 1
    assert count[1] > count[2] > count[3] > 0
    assert count[0] > 0


async def test_trials_run_now_and_end_in_the_future(demo):
    trialing = await Subscription.filter(status="TRIALING")
    trials = {trial.client_id: trial for trial in await Trial.all()}
    assert trialing
    for subscription in trialing:
        assert trials[subscription.client_id].ends_at == subscription.billing_starts_at > NOW
    for subscription in await Subscription.filter(status="ACTIVE"):
        assert subscription.billing_starts_at <= NOW


async def test_a_ledger_is_never_below_zero_and_each_assessment_took_one_slot(demo):
    entries = await SlotEntry.all().order_by("partner_id", "created_at", "id")
    for ledger in _grouped(entries, "partner_id").values():
        left = 0
        for entry in ledger:
            left += entry.quantity
            assert left >= 0
    took = {entry.client_id for entry in entries if entry.kind == "CONSUMED"}
    on_assessment = await Client.filter(plan_id="ASSESSMENT_ONLY")
    assert {client.id for client in on_assessment} <= took
    assert not took & {client.id for client in await Client.filter(plan_id="FREE")}


async def test_a_licence_fits_the_plan(demo):
    live = {s.client_id: s for s in await Subscription.exclude(status="CANCELLED")}
    prices = {price.id: price for price in await Price.all().select_related("price_book")}
    partners = {partner.id: partner for partner in await Partner.all()}
    for client in await Client.all():
        licensed = client.plan_id == "FULL_FEATURE" and client.status != "ARCHIVED"
        assert (client.id in live) is licensed
    for subscription in await Subscription.all():
        price, partner = prices[subscription.price_id], partners[subscription.partner_id]
        assert price.amount_minor == subscription.amount_minor
        assert price.price_book.currency_code == subscription.currency_code == partner.currency_code
        assert price.bracket_id == subscription.bracket_id
        assert price.price_book.effective_from <= subscription.started_at
        pays = "PARTNER" if partner.billing_model == "RESELLER" else "CLIENT"
        assert subscription.payer == pays


async def test_a_standing_is_what_the_newest_decision_says(demo):
    made = await TierDecision.all().order_by("decided_at")
    decisions = _grouped(made, "partner_id", "program_id")
    ranks = {tier.id: tier.rank for tier in await Tier.all()} | {None: 0}
    standings = await Standing.all()
    worked = await Partner.exclude(status__in=["APPLIED", "REJECTED"]).values_list("id", flat=True)
    assert {standing.partner_id for standing in standings} == set(worked)
    for standing in standings:
        history = decisions.get((standing.partner_id, standing.program_id), [])
        if not history:
            assert (standing.tier_id, standing.tier_rank, standing.decision_id) == (None, 0, None)
            continue
        newest = history[-1]
        assert standing.decision_id == newest.id
        assert standing.since == newest.decided_at
        assert standing.tier_id == newest.to_tier_id
        assert standing.tier_rank == ranks[newest.to_tier_id]
        assert [d.from_tier_id for d in history] == [None, *(d.to_tier_id for d in history[:-1])]
        assert all(decision.reason for decision in history)


async def test_benefits_gained_and_lost_add_up_to_those_of_the_tier(demo):
    decisions = {decision.id: decision for decision in await TierDecision.all()}
    order = {id: decision.decided_at for id, decision in decisions.items()}
    changes = sorted(await BenefitChange.all(), key=lambda change: order[change.decision_id])
    held = defaultdict(set)
    # What stays the same from tier to tier is neither gained nor lost: compare what it is.
    given = {row.id: row for row in await TierBenefit.all()}

    def what(id):
        return given[id].position, str(given[id].value), str(given[id].condition)

    for change in sorted(changes, key=lambda c: (order[c.decision_id], c.change == "GAINED")):
        own = held[change.partner_id, decisions[change.decision_id].program_id]
        if change.change == BenefitChangeKind.GAINED:
            own.add(what(change.tier_benefit_id))
        else:
            own.remove(what(change.tier_benefit_id))
    for standing in await Standing.all():
        expected = {what(row.id) for row in given.values() if row.tier_id == standing.tier_id}
        assert held[standing.partner_id, standing.program_id] == expected


async def test_events_are_numbered_in_the_order_of_time_without_a_gap(demo):
    events = await Event.all().order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert all(one.occurred_at <= next.occurred_at for one, next in pairwise(events))
    by_partner = _grouped(events, "partner_id")
    assert all(event.partner_sequence is None for event in by_partner.pop((None,)))
    for partner_events in by_partner.values():
        numbers = [event.partner_sequence for event in partner_events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert partner_events[0].type == "PARTNER_CREATED"


async def test_what_is_there_was_told(demo):
    told = _grouped(await Event.all(), "type")
    subjects = {type: {event.subject_id for event in events} for (type,), events in told.items()}
    assert subjects["PARTNER_CREATED"] == set(await Partner.all().values_list("id", flat=True))
    assert subjects["CLIENT_CREATED"] == set(await Client.all().values_list("id", flat=True))
    assert subjects["TIER_CHANGED"] == set(await TierDecision.all().values_list("id", flat=True))
    assert subjects["ADVISOR_INVITED"] == set(await Advisor.all().values_list("id", flat=True))
    users = set(await ClientUser.all().values_list("id", flat=True))
    assert subjects["CLIENT_USER_ADDED"] == users
    templates = set(await ClientTemplate.all().values_list("id", flat=True))
    assert subjects["TEMPLATE_CREATED"] == templates
    for client in await Client.filter(status="ARCHIVED"):
        assert client.id in subjects["CLIENT_ARCHIVED"]
    published = await ContentVersion.exclude(status="DRAFT").values_list("id", flat=True)
    assert subjects["CONTENT_VERSION_PUBLISHED"] == set(published)


async def test_a_domain_is_live_once_for_a_partner_and_marked_if_shared(demo):
    live = await Client.exclude(status="ARCHIVED")
    partners = defaultdict(list)
    for client in live:
        assert normalise_domain(client.domain) == client.domain
        partners[client.domain].append(client.partner_id)
    assert all(len(ids) == len(set(ids)) for ids in partners.values())
    for client in live:
        assert client.domain_shared is (len(partners[client.domain]) > 1)
    assert not await Client.filter(status="ARCHIVED", domain_shared=True).exists()


async def test_assignments_stay_within_the_team_and_end_with_the_client(demo):
    advisors = {advisor.id: advisor for advisor in await Advisor.all()}
    clients = {client.id: client for client in await Client.all()}
    assignments = await AdvisorAssignment.all()
    assert any(assignment.ended_at for assignment in assignments)
    for assignment in assignments:
        advisor, client = advisors[assignment.advisor_id], clients[assignment.client_id]
        assert advisor.partner_id == client.partner_id == assignment.partner_id
        assert advisor.active_from <= assignment.assigned_at
        if client.status == "ARCHIVED" or advisor.status == "REVOKED":
            assert assignment.ended_at is not None


async def test_content_of_templates_and_clients_is_the_partners_own(demo):
    items = {item.id: item for item in await ContentItem.all()}
    versions = {version.id: version for version in await ContentVersion.all()}
    libraries = {library.id: library for library in await ContentLibrary.all()}
    for item in items.values():
        assert libraries[item.library_id].partner_id == item.partner_id
    for row in [*await TemplateItem.all(), *await ContentGrant.all()]:
        item = items[row.item_id]
        assert item.partner_id == row.partner_id
        if row.version_id is not None:
            version = versions[row.version_id]
            assert version.item_id == (item.adopted_item_id or item.id)
            assert version.status == "PUBLISHED"


async def test_templates_hold_content_and_clients_were_made_from_them_later(demo):
    templates = {template.id: template for template in await ClientTemplate.all()}
    filled = set(await TemplateItem.all().values_list("template_id", flat=True))
    assert filled == set(templates)
    for owned in _grouped(templates.values(), "partner_id").values():
        assert 1 <= len(owned) <= 6
    advisors = {advisor.id: advisor for advisor in await Advisor.all()}
    for row in await TemplateAdvisor.all():
        assert advisors[row.advisor_id].status == "ACTIVE"
    made = await Client.exclude(template_id=None)
    assert made
    for client in made:
        assert templates[client.template_id].partner_id == client.partner_id
        assert templates[client.template_id].created_at <= client.created_at


async def test_versions_are_numbered_from_one_and_carry_their_checksum(demo):
    versions = await ContentVersion.all().order_by("number")
    for of_item in _grouped(versions, "item_id").values():
        assert [v.number for v in of_item] == list(range(1, len(of_item) + 1))
        assert len({v.body for v in of_item}) == len(of_item)
    assert all(version.checksum == checksum(version.body) for version in versions)


async def test_nothing_lies_in_the_future_or_before_its_partner(demo):
    joined = {partner.id: partner.created_at for partner in await Partner.all()}
    for table in (Advisor, Client, ClientUser, ContentItem, ClientTemplate, SlotEntry):
        for row in await table.exclude(partner_id=None):
            assert joined[row.partner_id] <= row.created_at <= NOW
    for event in await Event.all():
        assert event.occurred_at <= NOW
    for advisor in await Advisor.exclude(active_from=None):
        assert advisor.created_at <= advisor.active_from <= NOW
        assert (advisor.active_to is not None) is (advisor.status == "REVOKED")
        assert advisor.active_to is None or advisor.active_from <= advisor.active_to <= NOW
    assert all(started <= NOW for started in await Trial.all().values_list("started_at", flat=True))


async def test_names_sort_and_addresses_lead_nowhere(demo):
    for table in (Partner, Advisor, Client, ClientUser, VendorUser, ClientTemplate):
        for row in await table.all():
            assert row.name_key == sort_key(row.name)
    for table in (Advisor, ClientUser, VendorUser):
        for row in await table.all():
            assert row.email == row.email.lower()
            assert row.email.isascii() and row.email.endswith(".example")
    for row in [*await Partner.all(), *await Client.all()]:
        assert row.domain.endswith(".example")
        assert slugify(row.domain)
    assert len({row.name for row in await Client.all()}) > 550
    assert (await Vendor.get()).website.endswith(".example")


async def test_whoever_has_not_come_yet_was_invited(demo):
    invitations = await Invitation.all()
    for people, column in ((Advisor, "advisor_id"), (ClientUser, "client_user_id")):
        invited = {person.id for person in await people.filter(status="INVITED")}
        assert {getattr(each, column) for each in invitations} - {None} == invited
    waiting = [each for each in invitations if each.expires_at > NOW]
    assert 0 < len(waiting) < len(invitations)
