"""A small world for tests: made of plain rows, with a name for each thing in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
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
    BillingPolicy,
    BundlePrice,
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
    SpokeBundle,
    TaxRule,
    TrialTerm,
    Vendor,
    VendorUser,
)
from app.persistence.models.base import Record
from app.services.use_case import Caller

R = TypeVar("R", bound=Record)

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
    rows = Rows()
    world = _fill(rows, database, clock)
    await database.transaction(rows.write)
    return world


class Rows:
    """Rows that are written together: for thousands of tests, a statement for each is too slow."""

    # A table comes after those that it refers to.
    TABLES = (
        *(Vendor, VendorUser, Plan, TrialTerm, BillingPolicy, SpokeBundle, TaxRule),
        *(
            EmployeeBracket,
            PriceBook,
            Price,
            BundlePrice,
            Partner,
            ContentLibrary,
            ContentItem,
            ContentVersion,
        ),
        *(SlotEntry, Advisor, Client, AdvisorAssignment, ClientUser),
    )

    def __init__(self) -> None:
        self._rows: dict[type[Record], list[Record]] = {table: [] for table in self.TABLES}

    def add(self, row: R) -> R:
        # By then it is: Tortoise takes no others for relations.
        row._saved_in_db = True
        self._rows[type(row)].append(row)
        return row

    async def write(self) -> None:
        for table, rows in self._rows.items():
            await table.bulk_create(rows)


def _fill(rows: Rows, database: Database, clock: Clock) -> World:
    vendor = rows.add(
        Vendor(
            name="Northwind Software",
            home_currency="USD",
            time_zone="Europe/Berlin",
            address={
                "name": "Northwind Software",
                "lines": ["12 Harbor Street"],
                "postalCode": "02110",
                "city": "Boston",
                "region": "MA",
                "country": "US",
            },
            created_at=LONG_AGO,
        )
    )
    admin = _vendor_user(rows, "Vera Admin", "VENDOR_ADMIN")
    analyst = _vendor_user(rows, "Anton Analyst", "VENDOR_ANALYST")
    _catalogue(rows)
    library = rows.add(ContentLibrary(kind="OPEN", name="Open library", created_at=LONG_AGO))
    item = rows.add(
        ContentItem(
            library=library,
            kind="CONTROL_SET",
            title="Baseline controls",
            title_key="baseline controls",
            created_at=LONG_AGO,
        )
    )
    version = rows.add(
        ContentVersion(
            item=item,
            number=1,
            status="PUBLISHED",
            body="# Controls",
            checksum=checksum("# Controls"),
            created_at=LONG_AGO,
            published_at=LONG_AGO,
        )
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
        acme=_team(rows, "Acme Advisory", "acme", manager=admin),
        rival=_team(rows, "Rival Consulting", "rival", manager=admin),
    )


def _vendor_user(rows: Rows, name: str, role: str) -> VendorUser:
    return rows.add(
        VendorUser(
            name=name,
            name_key=sort_key(name),
            email=f"{role.lower()}@northwind.example",
            role=role,
            created_at=LONG_AGO,
        )
    )


def _catalogue(rows: Rows) -> None:
    """Plans with 14 trial days on upgrade to FULL_FEATURE, a policy, a bundle of ten slots, and
    prices in USD and EUR."""
    for code, rank, slot, subscription in PLANS:
        rows.add(
            Plan(
                code=code,
                name=code.title(),
                rank=rank,
                takes_slot=slot,
                starts_subscription=subscription,
            )
        )
        for way_in in ("CREATE", "UPGRADE"):
            days = 14 if (code, way_in) == ("FULL_FEATURE", "UPGRADE") else 0
            rows.add(
                TrialTerm(plan_id=code, way_in=way_in, trial_days=days, effective_from=LONG_AGO)
            )
    rows.add(
        BillingPolicy(
            effective_from=LONG_AGO,
            advisor_fee_rule="ANY_TIME",
            rate_lock="AT_CONTRACT_START",
            content_cut=Decimal("0.15"),
            payment_days=30,
            invitation_days=14,
            return_slot_on_archive=False,
        )
    )
    rows.add(TaxRule(country="DE", label="MwSt", rate=Decimal("0.19"), effective_from=LONG_AGO))
    bundle = rows.add(SpokeBundle(code="SLOTS-10", name="Ten slots", slots=10))
    for code, low, high in BRACKETS:
        rows.add(EmployeeBracket(code=code, label=code, min_employees=low, max_employees=high))
    for currency in ("USD", "EUR"):
        book = rows.add(
            PriceBook(
                currency_code=currency,
                name=f"{currency} 2024",
                effective_from=LONG_AGO,
                created_at=LONG_AGO,
            )
        )
        rows.add(BundlePrice(price_book=book, bundle=bundle, amount_minor=150_000))
        for index, (code, _, _) in enumerate(BRACKETS):
            for interval, factor in (("MONTH", 1), ("YEAR", 10)):
                rows.add(
                    Price(
                        price_book=book,
                        plan_id="FULL_FEATURE",
                        bracket_id=code,
                        interval=interval,
                        amount_minor=(index + 1) * 10_000 * factor,
                    )
                )


def _team(rows: Rows, name: str, slug: str, manager: VendorUser) -> Team:
    partner = rows.add(
        Partner(
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
    )
    library = rows.add(
        ContentLibrary(
            partner=partner, kind="EXCLUSIVE", name=f"{name} library", created_at=LONG_AGO
        )
    )
    rows.add(SlotEntry(partner=partner, kind="INCLUDED", quantity=2, created_at=LONG_AGO))
    people = [
        rows.add(
            Advisor(
                partner=partner,
                name=person,
                name_key=sort_key(person),
                email=f"{person.split()[0].lower()}@{slug}.example",
                role=role,
                status="ACTIVE",
                active_from=LONG_AGO,
                created_at=LONG_AGO + timedelta(hours=hour),
            )
        )
        for hour, (person, role) in enumerate(
            [("Paula Admin", "PARTNER_ADMIN"), ("Adam Advisor", "ADVISOR")]
        )
    ]
    client = rows.add(
        Client(
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
    )
    rows.add(
        AdvisorAssignment(
            partner=partner, client=client, advisor=people[1], role="ADMIN", assigned_at=LONG_AGO
        )
    )
    user = rows.add(
        ClientUser(
            partner=partner,
            client=client,
            name="Uma User",
            name_key="uma user",
            email="uma@client.example",
            status="ACTIVE",
            created_at=LONG_AGO,
        )
    )
    return Team(partner, people[0], people[1], client, user, library)
