"""A small world for tests: made of plain rows, with a name for each thing in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.auth.actor import Actor
from app.domain.clock import Clock
from app.domain.content import checksum
from app.domain.identity import Role, Scope
from app.domain.text import sort_key
from app.persistence.database import Database
from app.persistence.models import (
    Advisor,
    AdvisorAssignment,
    Client,
    ClientUser,
    ContentItem,
    ContentLibrary,
    ContentVersion,
    EmployeeBracket,
    Partner,
    Plan,
    Price,
    PriceBook,
    SlotEntry,
    TrialTerm,
    Vendor,
    VendorUser,
)
from app.services.use_case import Caller

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
PLANS = [
    ("FREE", 0, False, False),
    ("ASSESSMENT_ONLY", 1, True, False),
    ("FULL_FEATURE", 2, False, True),
]
BRACKETS = [("1-10", 1, 11), ("11-50", 11, 51), ("51-200", 51, 201), ("201+", 201, None)]


@dataclass
class Team:
    """One partner team with an admin, an advisor and a client that the advisor works in."""

    partner: Partner
    admin: Advisor
    advisor: Advisor
    client: Client
    client_user: ClientUser
    library: ContentLibrary

    def as_admin(self) -> Actor:
        return Actor(Role.PARTNER_ADMIN, self.admin.id, self.partner.id, name=self.admin.name)

    def as_advisor(self) -> Actor:
        return Actor(Role.ADVISOR, self.advisor.id, self.partner.id, name=self.advisor.name)

    def as_client_user(self) -> Actor:
        return Actor(
            Role.CLIENT_USER, self.client_user.id, self.partner.id, self.client.id, name="User"
        )

    def as_app(self, *scopes: Scope) -> Actor:
        return Actor(
            Role.APP,
            partner_id=self.partner.id,
            api_key_id=UUID(int=7),
            scopes=frozenset(scopes or Scope),
        )


@dataclass
class World:
    """Everything that tests start from."""

    database: Database
    clock: Clock
    vendor: Vendor
    vendor_admin: VendorUser
    vendor_analyst: VendorUser
    open_library: ContentLibrary
    open_item: ContentItem
    open_version: ContentVersion
    acme: Team
    rival: Team
    extra: dict[str, object] = field(default_factory=dict)

    def as_vendor(self) -> Actor:
        return Actor(Role.VENDOR_ADMIN, self.vendor_admin.id, name=self.vendor_admin.name)

    def as_analyst(self) -> Actor:
        return Actor(Role.VENDOR_ANALYST, self.vendor_analyst.id, name="Analyst")

    def caller(self, actor: Actor) -> Caller:
        return Caller(actor, self.database, self.clock, "test-correlation")


async def make_world(database: Database, clock: Clock) -> World:
    """Fill an empty database with the small world."""
    return await database.transaction(lambda: _fill(database, clock))


async def _fill(database: Database, clock: Clock) -> World:
    vendor = await Vendor.create(
        name="Northwind Software",
        home_currency="USD",
        time_zone="Europe/Berlin",
        created_at=LONG_AGO,
    )
    admin = await _vendor_user("Vera Admin", "VENDOR_ADMIN")
    analyst = await _vendor_user("Anton Analyst", "VENDOR_ANALYST")
    await _catalogue()
    library = await ContentLibrary.create(kind="OPEN", name="Open library", created_at=LONG_AGO)
    item = await ContentItem.create(
        library=library,
        kind="CONTROL_SET",
        title="Baseline controls",
        title_key="baseline controls",
        created_at=LONG_AGO,
    )
    version = await ContentVersion.create(
        item=item,
        number=1,
        status="PUBLISHED",
        body="# Controls",
        checksum=checksum("# Controls"),
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )
    return World(
        database,
        clock,
        vendor,
        admin,
        analyst,
        library,
        item,
        version,
        acme=await _team("Acme Advisory", "acme", manager=admin),
        rival=await _team("Rival Consulting", "rival", manager=admin),
    )


async def _vendor_user(name: str, role: str) -> VendorUser:
    return await VendorUser.create(
        name=name,
        name_key=sort_key(name),
        email=f"{role.lower()}@northwind.example",
        role=role,
        created_at=LONG_AGO,
    )


async def _catalogue() -> None:
    """Plans with 14 trial days on upgrade to FULL_FEATURE, and prices in USD and EUR."""
    for code, rank, slot, subscription in PLANS:
        await Plan.create(
            code=code,
            name=code.title(),
            rank=rank,
            takes_slot=slot,
            starts_subscription=subscription,
        )
        for way_in in ("CREATE", "UPGRADE"):
            days = 14 if (code, way_in) == ("FULL_FEATURE", "UPGRADE") else 0
            await TrialTerm.create(
                plan_id=code, way_in=way_in, trial_days=days, effective_from=LONG_AGO
            )
    for code, low, high in BRACKETS:
        await EmployeeBracket.create(code=code, label=code, min_employees=low, max_employees=high)
    for currency in ("USD", "EUR"):
        book = await PriceBook.create(
            currency_code=currency,
            name=f"{currency} 2024",
            effective_from=LONG_AGO,
            created_at=LONG_AGO,
        )
        for index, (code, _, _) in enumerate(BRACKETS):
            for interval, factor in (("MONTH", 1), ("YEAR", 10)):
                await Price.create(
                    price_book=book,
                    plan_id="FULL_FEATURE",
                    bracket_id=code,
                    interval=interval,
                    amount_minor=(index + 1) * 10_000 * factor,
                )


async def _team(name: str, slug: str, manager: VendorUser) -> Team:
    partner = await Partner.create(
        name=name,
        name_key=sort_key(name),
        slug=slug,
        type="MSP",
        status="ACTIVE",
        domain=f"{slug}.example",
        currency_code="USD",
        billing_model="RESELLER",
        payment_method="CARD",
        manager=manager,
        created_at=LONG_AGO,
    )
    library = await ContentLibrary.create(
        partner=partner, kind="EXCLUSIVE", name=f"{name} library", created_at=LONG_AGO
    )
    await SlotEntry.create(partner=partner, kind="INCLUDED", quantity=2, created_at=LONG_AGO)
    people = [
        await Advisor.create(
            partner=partner,
            name=person,
            name_key=sort_key(person),
            email=f"{person.split()[0].lower()}@{slug}.example",
            role=role,
            status="ACTIVE",
            active_from=LONG_AGO,
            created_at=LONG_AGO + timedelta(hours=hour),
        )
        for hour, (person, role) in enumerate(
            [("Paula Admin", "PARTNER_ADMIN"), ("Adam Advisor", "ADVISOR")]
        )
    ]
    client = await Client.create(
        partner=partner,
        name=f"{slug.title()} First Client",
        name_key=sort_key(f"{slug.title()} First Client"),
        domain="client.example",
        employee_count=42,
        bracket_id="11-50",
        size_source="COUNTED",
        status="ACTIVE",
        plan_id="FREE",
        created_by=people[0].id,
        created_at=LONG_AGO,
    )
    await AdvisorAssignment.create(
        partner=partner, client=client, advisor=people[1], role="ADMIN", assigned_at=LONG_AGO
    )
    user = await ClientUser.create(
        partner=partner,
        client=client,
        name="Uma User",
        name_key="uma user",
        email="uma@client.example",
        status="ACTIVE",
        created_at=LONG_AGO,
    )
    return Team(partner, people[0], people[1], client, user, library)
