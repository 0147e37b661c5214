"""A demo partner under construction: its rows, its people and its history."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.demo import fake_names
from app.demo.addresses import billing_columns
from app.demo.bulk_insert import Rows
from app.demo.ids import id_at
from app.demo.shared_data import Item, SharedData, between
from app.demo.timeline import EventActor, Timeline
from app.domain.content import LibraryKind
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.partners import PartnerStatus
from app.domain.text import sort_key
from app.persistence.models import ContentLibrary, Partner
from app.persistence.models.base import Record

# How long ago partners of a status joined, in days: from, to. Others joined long before.
_RECENT = {PartnerStatus.APPLIED: (25, 1), PartnerStatus.REJECTED: (120, 30)}
_NEVER_ACTIVE = tuple(_RECENT)


@dataclass(frozen=True, slots=True)
class Person:
    """An advisor of the team, active from one time until another."""

    id: UUID
    role: str
    email: str
    since: datetime
    until: datetime

    @property
    def as_actor(self) -> EventActor:
        """The person as the actor of an event."""
        return EventActor(self.role, self.id)


@dataclass(frozen=True, slots=True)
class Template:
    """A client template."""

    id: UUID
    plan: str
    created_at: datetime
    retired_at: datetime | None
    items: list[tuple[Item, UUID | None]]
    advisors: list[UUID]


@dataclass
class Team:
    """The state of the partner so far. Nothing happens to it after `until`."""

    shared: SharedData
    random: Random
    name: str
    slug: str
    partner_type: str
    status: str
    country: str
    currency: str
    billing_model: str
    joined: datetime
    until: datetime
    id: UUID
    library_id: UUID
    # Distinguishes it from partners of other scale steps, whose clients could have the same names.
    domain_mark: str = ""
    rows: Rows = field(default_factory=Rows)
    timeline: Timeline = field(init=False)
    facts_random: Random = field(init=False)
    people: list[Person] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    # The version of an item that a client has: (client, item), version.
    granted: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    # When the team reached which tier, oldest first.
    tiers: list[tuple[datetime, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.id)
        # A separate random generator, so that facts do not change other data.
        self.facts_random = Random(f"{self.shared.seed}:{self.id}:facts")

    @property
    def worked(self) -> bool:
        """Whether the partner was ever active."""
        return self.status not in _NEVER_ACTIVE

    @property
    def vendor(self) -> EventActor:
        """The vendor user who decides about partners."""
        return EventActor(Role.VENDOR_ADMIN, self.shared.admins[0])

    def add(self, table: type[Record], at: datetime, **columns: Any) -> UUID:
        """Add a row of this partner, with an id of that time. Return the id."""
        id = id_at(at, self.random)
        self.rows.add(table, id=id, partner_id=self.id, **columns)
        return id

    def moment(self, start: datetime, end: datetime | None = None) -> datetime:
        """Return a random time between two, but not after `until`."""
        return between(self.random, start, min(end or self.until, self.until))

    def active_people(self, at: datetime) -> list[Person]:
        """Return the people who are active at a time; the first is the team's founder."""
        return [person for person in self.people if person.since <= at < person.until]

    def tier_at(self, at: datetime) -> str | None:
        """Return the key of the tier that the team had at a time."""
        return next((key for since, key in reversed(self.tiers) if since <= at), None)

    def finish(self) -> Rows:
        """Return all rows, with the events."""
        self.timeline.write(self.rows, self.random)
        return self.rows


def create_team(shared: SharedData, spec: dict[str, Any], index: int, cycle: int) -> Team:
    """Create a partner from its line in `partners.yaml`: its row, its library and its dates.

    In cycle 0 it has the name given there, in others a generated one.
    """
    random = Random(f"{shared.seed}:{index}")
    status = spec.get("status", PartnerStatus.ACTIVE)
    name = (
        spec["name"]
        if not cycle
        else fake_names.partner_company(random, spec["country"], spec["type"])
    )
    joined = _joined(shared, random, status, spec["clients"])
    ended = status in (PartnerStatus.SUSPENDED, PartnerStatus.CLOSED)
    until = shared.now - timedelta(days=random.uniform(20, 60)) if ended else shared.now
    team = Team(
        shared=shared,
        random=random,
        name=name,
        slug=fake_names.ascii_slug(name) + (f"-{index}" if cycle else ""),
        partner_type=spec["type"],
        status=status,
        country=spec["country"],
        currency=shared.currency(fake_names.currency_of(spec["country"])),
        billing_model=spec["billing"],
        joined=joined,
        until=until.replace(microsecond=0),
        id=id_at(joined, random),
        library_id=id_at(joined, random),
        domain_mark=str(cycle) if cycle else "",
    )
    _add_partner(team)
    return team


def _joined(shared: SharedData, random: Random, status: str, clients: int) -> datetime:
    if status in _RECENT:
        first, last = (shared.now - timedelta(days=days) for days in _RECENT[PartnerStatus(status)])
        return between(random, first, last)
    # Partners with many clients joined long ago.
    late = 60 if clients >= 20 else 150 if clients else 300
    return between(random, shared.start, shared.start + timedelta(days=late))


def _add_partner(team: Team) -> None:
    random = team.random
    team.rows.add(
        Partner,
        id=team.id,
        name=team.name,
        name_key=sort_key(team.name),
        slug=team.slug,
        type=team.partner_type,
        status=team.status,
        domain=f"{team.slug}.example",
        currency_code=team.currency,
        billing_model=team.billing_model,
        activity_count=0,
        payment_method=random.choice(("CARD", "BANK_TRANSFER")),
        referral_rate=Decimal("0.25") if random.random() < 0.1 else None,
        manager_id=random.choice(team.shared.managers) if team.worked else None,
        created_at=team.joined,
        **billing_columns(team.name, team.country, Random(f"{team.id}:address")),
    )
    team.rows.add(
        ContentLibrary,
        id=team.library_id,
        partner_id=team.id,
        kind=LibraryKind.EXCLUSIVE,
        name=f"{team.name} library",
        created_at=team.joined,
    )
    facts = {"name": team.name, "slug": team.slug, "type": team.partner_type}
    team.timeline.record(EventType.PARTNER_CREATED, team.joined, team.id, team.vendor, facts)
