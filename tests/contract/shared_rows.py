"""Rows that belong to no team: programs, other partners, the vendor's people and open content."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.persistence import models
from tests.api.standings import DEFINITION, TRAINED
from tests.contract.rows import Rows, attachment, content_item, content_version, moment, named
from tests.world import LONG_AGO, World

# As a version keeps it.
_TRAINED = {
    "kind": "CONDITION",
    "label": TRAINED,
    "atLeast": None,
    "of": [],
    "condition": {
        "metric": "EVENT_COUNT",
        "operator": "GTE",
        "threshold": "1",
        "unit": "EVENT",
        "published": True,
        "window": {"kind": "LIFETIME"},
        "filters": {"activity": "TRAINING_COMPLETED"},
        "label": TRAINED,
    },
}


async def fill_catalogue(rows: Rows, numbers: range) -> None:
    """Sizes, bundles, books (the first one with all prices), policies and taxes."""
    sizes = [
        models.EmployeeBracket(code=f"S-{i}", label=f"Size {i}", min_employees=100_000 + i)
        for i in numbers
    ]
    await rows.add(sizes)
    bundles = [models.SpokeBundle(code=f"B-{i}", name=f"Bundle {i}", slots=5) for i in numbers]
    await rows.add(bundles)
    dates = [LONG_AGO + timedelta(days=i + 1) for i in numbers]
    books = [
        models.PriceBook(
            currency_code="CHF",
            name=f"Francs {date:%Y-%m-%d}",
            effective_from=date,
            created_at=date,
        )
        for date in dates
    ]
    await rows.add(books)
    first_book, first_bundle = rows.of(models.PriceBook)[0], rows.of(models.SpokeBundle)[0]
    pairs = [(first_book, bundle) for bundle in bundles]
    pairs += [(book, first_bundle) for book in books if book is not first_book]
    await rows.add(
        [
            models.BundlePrice(price_book_id=book.id, bundle_id=bundle.code, amount_minor=500)
            for book, bundle in pairs
        ]
    )
    await rows.add(
        [
            models.Price(
                price_book_id=first_book.id,
                plan_id="FULL_FEATURE",
                bracket_id=size.code,
                interval="MONTH",
                amount_minor=100,
            )
            for size in sizes
        ]
    )
    await rows.add(
        [
            models.BillingPolicy(
                effective_from=date,
                advisor_fee_rule="ANY_TIME",
                rate_lock="AT_CONTRACT_START",
                content_cut=Decimal("0.15"),
                payment_days=30,
                invitation_days=14,
                return_slot_on_archive=False,
            )
            for date in dates
        ]
    )
    await rows.add(
        [
            models.TaxRule(country="FR", label="TVA", rate=Decimal("0.2"), effective_from=date)
            for date in dates
        ]
    )


async def fill_shared(world: World, rows: Rows, numbers: range) -> None:
    """Programs (the first one with all versions, tiers and benefits), partners, open content."""
    await rows.add(
        [
            models.TierProgram(
                key=f"program-{i}", name=f"Program {i}", partner_types=[], created_at=moment(i)
            )
            for i in numbers
        ]
    )
    programs = rows.of(models.TierProgram)
    await rows.add([_version(programs[0].id, i + 1, "SUPERSEDED") for i in numbers if i])
    # The highest number: the one in force, which has the tiers and benefits.
    await rows.add([_version(programs[i].id, 10_000, "PUBLISHED") for i in numbers])
    version = next(
        v
        for v in rows.of(models.ProgramVersion)
        if v.program_id == programs[0].id and v.status == "PUBLISHED"
    )
    await rows.add(
        [
            models.Tier(version_id=version.id, key=f"tier-{i}", name=f"Tier {i}", rank=i + 1)
            for i in numbers
        ]
    )
    new = [
        models.Benefit(
            version_id=version.id, key=f"b-{i}", name=f"Benefit {i}", kind="BADGE", position=i
        )
        for i in numbers
    ]
    await rows.add(new)
    tier = rows.of(models.Tier)[0]
    await rows.add(
        [
            models.TierBenefit(
                version_id=version.id,
                tier_id=tier.id,
                benefit_id=benefit.id,
                position=benefit.position,
                value={"text": benefit.name},
                condition=_TRAINED,
            )
            for benefit in new
        ]
    )
    await _fill_vendor(world, rows, programs[0], tier, numbers)


def _version(program_id: UUID, number: int, status: str) -> models.ProgramVersion:
    return models.ProgramVersion(
        program_id=program_id,
        number=number,
        status=status,
        effective_from=LONG_AGO,
        definition=DEFINITION,
        checksum="0" * 64,
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )


async def _fill_vendor(
    world: World,
    rows: Rows,
    program: models.TierProgram,
    tier: models.Tier,
    numbers: range,
) -> None:
    """Other partners with their libraries and standings; the vendor's people and open content."""
    partners = [
        models.Partner(
            **named(i, "Partners"),
            slug=f"other-{i}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=moment(i),
        )
        for i in numbers
    ]
    await rows.add(partners)
    groups = [
        models.PartnerGroup(key=f"group-{i}", name=f"Group {i}", created_at=moment(i))
        for i in numbers
    ]
    await rows.add(groups)
    await rows.add(
        [
            models.PartnerGroupMember(
                group_id=rows.of(models.PartnerGroup)[0].id,
                partner_id=partner.id,
                added_at=moment(i),
            )
            for i, partner in zip(numbers, partners, strict=True)
        ]
    )
    await rows.add(
        [
            models.ContentLibrary(
                partner_id=partner.id, kind="EXCLUSIVE", name=partner.name, created_at=LONG_AGO
            )
            for partner in partners
        ]
    )
    await rows.add(
        [
            models.Standing(
                partner_id=partner.id,
                program_id=program.id,
                tier_id=tier.id,
                tier_rank=i // 3,
                since=moment(i),
                enrolled_at=LONG_AGO,
            )
            for i, partner in zip(numbers, partners, strict=True)
        ]
    )
    await rows.add(
        [
            models.VendorUser(
                **named(i, "Vendor"),
                email=f"v{i}@northwind.example",
                role="VENDOR_ANALYST",
                created_at=LONG_AGO,
            )
            for i in numbers
        ]
    )
    await rows.add(
        [
            models.ExchangeRate(
                base="EUR",
                quote="USD",
                rate="1.25",
                effective_from=LONG_AGO + timedelta(days=i),
                recorded_at=LONG_AGO,
            )
            for i in numbers
        ]
    )
    await rows.add(
        [
            models.EvaluationRun(
                program_id=program.id,
                as_of=LONG_AGO + timedelta(days=i),
                status="COMPLETED",
                started_at=moment(i),
                completed_at=moment(i),
            )
            for i in numbers
        ]
    )
    await rows.add([content_item(world.open_library.id, None, i, "open") for i in numbers])
    await rows.add(
        [
            models.ContentAudience(
                item_id=rows.of(models.ContentItem)[0].id, kind="GROUP", key=group.key
            )
            for group in groups
        ]
    )
    await rows.add([content_version(world.open_item.id, None, i + 2) for i in numbers])
    await rows.add([attachment(world.open_version, i) for i in numbers])
