"""The demo's vendor: its people, catalogue, tier program and open library."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demo import fake_names
from app.demo.bulk_insert import Rows, write
from app.demo.catalogue import imported_catalogue
from app.demo.content import ItemOutline, LibraryTarget, add_item
from app.demo.draft_program import add_draft
from app.demo.groups import add_groups
from app.demo.ids import id_at
from app.demo.program_evaluation import ProgramEngine
from app.demo.shared_data import Item, Program, SharedData, Step, between
from app.demo.stable_ids import assign_stable_ids
from app.demo.timeline import EventActor, Timeline
from app.domain.content import ContentKind, LibraryKind, VersionStatus
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.programs.benefits import GivenBenefit
from app.domain.programs.facts import Rate
from app.domain.programs.parse import parse_program
from app.domain.programs.periods import Calendar
from app.domain.programs.vocabulary import VersionState
from app.domain.text import sort_key
from app.persistence.database import Database
from app.persistence.models import (
    Benefit,
    BillingPolicy,
    BundlePrice,
    ContentLibrary,
    EmployeeBracket,
    ExchangeRate,
    Plan,
    Price,
    PriceBook,
    ProgramVersion,
    SpokeBundle,
    TaxRule,
    Tier,
    TierBenefit,
    TierProgram,
    TrialTerm,
    Vendor,
    VendorUser,
)
from app.programs import load_preset
from app.services.billing.import_catalogue import import_catalogue, shipped_catalogue
from app.services.billing.policies import policy_in_force
from app.services.programs.import_program import import_program

PROGRAM = "sixclicks"
_HISTORY = timedelta(days=365)
# The vendor exists for a while before the first partner joins.
_HEAD_START = timedelta(days=30)
_HALF_A_YEAR = timedelta(days=182)
_EXACT = Decimal("1e-12")
_IMPORTED = (
    Plan,
    EmployeeBracket,
    TrialTerm,
    PriceBook,
    Price,
    SpokeBundle,
    BundlePrice,
    BillingPolicy,
    TaxRule,
)
_PROGRAM = (TierProgram, ProgramVersion, Tier, Benefit, TierBenefit)


async def create_vendor(database: Database, now: datetime, seed: int) -> SharedData:
    """Write everything that exists before the first partner, inside the open unit of work."""
    random = Random(f"{seed}:vendor")
    now = now.astimezone(UTC).replace(microsecond=0)
    start = now - _HISTORY
    opened = start - _HEAD_START
    facts = fake_names.data("vendor")
    await import_catalogue(shipped_catalogue(ZoneInfo(facts["time_zone"])), at=opened)
    program = parse_program(load_preset(PROGRAM))
    await import_program(program, at=opened)
    second = facts["second_program"]
    # Later, so that the vendor's main program is the oldest.
    beside = {**load_preset(second["preset"]), "partnerTypes": second["partner_types"]}
    await import_program(parse_program(beside), at=opened + timedelta(hours=1))
    await assign_stable_ids(database, (*_IMPORTED, *_PROGRAM), opened, random)
    await add_draft(program, now)
    await assign_stable_ids(database, _PROGRAM, opened, Random(f"{seed}:program"))
    rows = Rows()
    people = _add_people(rows, random, opened)
    items = _add_library(rows, random, opened, start, now, people[Role.VENDOR_ADMIN][0])
    rates = _add_rates(rows, random, opened, people[Role.VENDOR_ADMIN][0])
    groups = add_groups(
        rows, seed, opened, EventActor(Role.VENDOR_ADMIN, people[Role.VENDOR_ADMIN][0])
    )
    await write(database, rows)
    policy = await policy_in_force(opened)
    return SharedData(
        seed=seed,
        start=start,
        now=now,
        zone=ZoneInfo(facts["time_zone"]),
        home_currency=facts["home_currency"],
        admins=people[Role.VENDOR_ADMIN],
        managers=people["managers"],
        catalogue=await imported_catalogue(),
        invitation_days=policy.invitation_days,
        content_cut=policy.content_cut,
        groups=groups,
        program=await _program(PROGRAM, facts["time_zone"], rates),
        revenue_program=await _program(second["preset"], facts["time_zone"], rates),
        open_items=items,
    )


def vendor_row(shared: SharedData, mark: dict[str, Any]) -> Rows:
    """Return the vendor's own row, with a marker in its policies that it is a demo."""
    facts = fake_names.data("vendor")
    opened = shared.start - _HEAD_START
    rows = Rows()
    rows.add(
        Vendor,
        id=id_at(opened, Random(f"{shared.seed}:vendor row")),
        name=facts["name"],
        website=facts["website"],
        address=facts["address"],
        tax_id=facts["tax_id"],
        home_currency=facts["home_currency"],
        time_zone=facts["time_zone"],
        policies=mark,
        clock_offset_seconds=0,
        events_deleted_through=0,
        created_at=opened,
    )
    return rows


def _add_people(rows: Rows, random: Random, opened: datetime) -> dict[str, list[UUID]]:
    """Add the vendor's people by role, and the channel account managers."""
    facts = fake_names.data("vendor")
    ids: dict[str, list[UUID]] = {"managers": []}
    emails: set[str] = set()
    for position, person in enumerate(facts["people"]):
        id = id_at(opened, random, position)
        rows.add(
            VendorUser,
            id=id,
            name=person["name"],
            name_key=sort_key(person["name"]),
            email=fake_names.email(person["name"], facts["website"], emails),
            title=person["title"],
            role=person["role"],
            created_at=opened,
        )
        manages = person["title"] == "Channel Account Manager"
        ids.setdefault("managers" if manages else person["role"], []).append(id)
    return ids


def _add_library(
    rows: Rows, random: Random, opened: datetime, start: datetime, now: datetime, admin: UUID
) -> list[Item]:
    library_id = id_at(opened, random)
    rows.add(
        ContentLibrary,
        id=library_id,
        kind=LibraryKind.OPEN,
        name="Open library",
        created_at=opened,
    )
    timeline = Timeline(None)
    target = LibraryTarget(
        rows, random, timeline, EventActor(Role.VENDOR_ADMIN, admin), library_id, None
    )
    items = [
        add_item(target, _outline(entry, random, opened, start, now))
        for entry in fake_names.data("library")["items"]
    ]
    timeline.write(rows, random)
    return items


def _outline(
    entry: dict[str, Any], random: Random, opened: datetime, start: datetime, now: datetime
) -> ItemOutline:
    """Add an item of the open library: most exist from the start, new versions come later."""
    latest = VersionStatus(entry.get("latest", VersionStatus.PUBLISHED))
    moments = [between(random, opened, start if random.random() < 0.85 else now)]
    for _ in range(1, entry["versions"]):
        moments.append(between(random, moments[-1], moments[-1] + (now - moments[-1]) * 0.7))
    retired = latest is VersionStatus.RETIRED
    return ItemOutline(
        kind=ContentKind(entry["kind"]),
        title=entry["title"],
        description=entry["about"],
        tags=entry["tags"],
        points=entry["points"],
        moments=moments,
        latest=latest,
        retired_at=between(random, moments[-1], now) if retired else None,
        tiers=entry.get("tiers", ()),
        groups=entry.get("groups", ()),
    )


def _add_rates(rows: Rows, random: Random, opened: datetime, admin: UUID) -> list[Rate]:
    """Add dated exchange rates to the home currency, each from midnight in the vendor's zone."""
    facts, timeline, rates = fake_names.data("vendor"), Timeline(None), []
    calendar = Calendar(facts["time_zone"])
    for base, worth in facts["exchange_rates"].items():
        for at, number in zip((opened, opened + _HALF_A_YEAR), worth, strict=True):
            since = calendar.midnight(calendar.day(at))
            # With as many decimals as the database returns.
            rate = Rate(base, facts["home_currency"], since, Decimal(number).quantize(_EXACT))
            id, fact = id_at(at, random), {"base": base, "quote": rate.quote, "rate": number}
            rows.add(
                ExchangeRate,
                id=id,
                base=base,
                quote=rate.quote,
                rate=rate.rate,
                effective_from=since,
                recorded_at=at,
            )
            fact["effectiveFrom"] = since.isoformat().replace("+00:00", "Z")
            timeline.record(
                EventType.EXCHANGE_RATE_SET, at, id, EventActor(Role.VENDOR_ADMIN, admin), fact
            )
            rates.append(rate)
    timeline.write(rows, random)
    return rates


async def _program(key: str, zone: str, rates: Sequence[Rate]) -> Program:
    program = await TierProgram.get(key=key)
    version = await ProgramVersion.get(program_id=program.id, status=VersionState.PUBLISHED)
    ladder = {
        tier.rank: Step(tier.id, tier.key, tier.rank, tuple(await _benefits(tier.id)))
        for tier in await Tier.filter(version_id=version.id).order_by("rank")
    }
    engine = ProgramEngine(parse_program(version.definition), zone, rates)
    return Program(program.id, program.key, version.id, version.checksum, ladder, engine)


async def _benefits(tier_id: UUID) -> Sequence[GivenBenefit]:
    rows = await TierBenefit.filter(tier_id=tier_id).order_by("position").select_related("benefit")
    return [
        GivenBenefit(row.benefit.key, row.position, row.value, row.condition, row.id)
        for row in rows
    ]
