"""Every table filled, for each team: what contract tests look for leaks and slow plans in.

Rows hang on the team's own first objects (its client, its library ...), so that each connection of
those grows with the rows. Names repeat but for case and accents, moments repeat: ties everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.content import checksum
from app.domain.text import sort_key
from app.persistence import models
from app.persistence.models.base import Record
from tests.world import LONG_AGO, Team, World

NAMES = ["Äpfel", "apfel", "Zoë", "zoe", "Émile", "emile", "Ñandú", "Straße", "STRASSE", "Ōsaka"]


@dataclass
class Rows:
    """What was added, by model: for a team, or for all (programs, open content)."""

    by_model: dict[type[Record], list[Any]] = field(default_factory=dict)

    async def add(self, rows: Sequence[Record]) -> Sequence[Any]:
        if rows:
            model = type(rows[0])
            await model.bulk_create(rows)
            self.by_model.setdefault(model, []).extend(rows)
        return rows

    def of(self, model: type[Record]) -> list[Any]:
        return self.by_model.get(model, [])


@dataclass
class Full:
    """A world whose tables are all filled. `grow` adds rows to each of them."""

    world: World
    shared: Rows = field(default_factory=Rows)
    teams: dict[str, Rows] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    sequence: int = 0

    async def grow(self, count: int, *teams: Team) -> None:
        """Bring what is shared and what belongs to the teams to `count` rows a table, at least."""

        async def work() -> None:
            if count > self.size.get("shared", 0):
                await self._grow("shared", count, None)
            for team in teams:
                await self._grow(team.partner.slug, count, team)

        await self.world.database.transaction(work)

    async def _grow(self, name: str, count: int, team: Team | None) -> None:
        numbers = range(self.size.get(name, 0), count)
        self.size[name] = count
        if team is None:
            await _fill_shared(self.world, self.shared, numbers)
            return
        rows = self.teams.setdefault(name, Rows())
        await _fill_people(self.world, team, rows, numbers)
        await _fill_content(self.world, team, rows, numbers)
        await _fill_licences(team, rows, numbers)
        await _fill_tiers(team, rows, self.shared, numbers)
        await self._fill_records(team, rows, numbers)

    async def _fill_records(self, team: Team, rows: Rows, numbers: range) -> None:
        decision = rows.of(models.TierDecision)[0]
        events = [
            models.Event(
                **_of(team),
                sequence=self.sequence + position,
                partner_sequence=i + 1,
                client_id=None if i % 2 else team.client.id,
                type="TIER_CHANGED",
                subject_id=decision.id,
                actor_role="VENDOR_ADMIN",
                data={"note": f"{team.partner.slug} {i}"},
                occurred_at=_moment(i),
            )
            for position, i in enumerate(numbers, start=1)
        ]
        self.sequence += len(events)
        await rows.add(events)
        await rows.add(
            [
                models.AuditEntry(
                    **_of(team),
                    at=_moment(i),
                    actor_role="PARTNER_ADMIN",
                    action="test",
                    correlation_id=f"{team.partner.slug}-{i}",
                    input={},
                )
                for i in numbers
            ]
        )
        await rows.add(
            [
                models.IdempotencyKey(
                    actor_key=f"PARTNER_ADMIN:{team.admin.id}",
                    key=f"{team.partner.slug}-{i}",
                    mutation="test",
                    digest="0" * 64,
                    result={},
                    created_at=_moment(i),
                )
                for i in numbers
            ]
        )
        await rows.add(
            [
                models.ApiKey(
                    **_of(team),
                    public_id=f"{team.partner.slug}{i}",
                    secret_hash="0" * 64,
                    name=f"{team.partner.slug} {i}",
                    role="APP",
                    created_at=_moment(i),
                )
                for i in numbers
            ]
        )


def _moment(i: int) -> datetime:
    return LONG_AGO + timedelta(hours=i // 3)


def _name(i: int, suffix: object) -> dict[str, str]:
    name = f"{NAMES[i % len(NAMES)]} {suffix}"
    return {"name": name, "name_key": sort_key(name)}


def _of(team: Team) -> dict[str, UUID]:
    return {"partner_id": team.partner.id}


async def _fill_shared(world: World, rows: Rows, numbers: range) -> None:
    """Programs (the first one with all versions, tiers and benefits), partners, open content."""
    await rows.add(
        [
            models.TierProgram(
                key=f"program-{i}", name=f"Program {i}", partner_types=[], created_at=_moment(i)
            )
            for i in numbers
        ]
    )
    programs = rows.of(models.TierProgram)
    await rows.add([_version(programs[0].id, i + 1, "SUPERSEDED") for i in numbers if i])
    await rows.add([_version(programs[i].id, 1, "PUBLISHED") for i in numbers])
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
        definition={},
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
            **_name(i, "Partners"),
            slug=f"other-{i}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=_moment(i),
        )
        for i in numbers
    ]
    await rows.add(partners)
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
                since=_moment(i),
            )
            for i, partner in zip(numbers, partners, strict=True)
        ]
    )
    await rows.add(
        [
            models.VendorUser(
                **_name(i, "Vendor"),
                email=f"v{i}@northwind.example",
                role="VENDOR_ANALYST",
                created_at=LONG_AGO,
            )
            for i in numbers
        ]
    )
    await rows.add([_item(world.open_library.id, None, i, "open") for i in numbers])
    await rows.add([_content_version(world.open_item.id, None, i + 2) for i in numbers])


async def _fill_people(world: World, team: Team, rows: Rows, numbers: range) -> None:
    """Templates, clients, advisors, users, assignments."""
    slug = team.partner.slug
    await rows.add(
        [
            models.ClientTemplate(
                **_of(team),
                **_name(i, f"{i // 2 if i % 2 else i} recipe {i} {slug}"),
                plan_id="FREE",
                created_at=_moment(i),
                updated_at=_moment(i),
            )
            for i in numbers
        ]
    )
    template = rows.of(models.ClientTemplate)[0]
    clients = [
        models.Client(
            **_of(team),
            **_name(i, f"of {slug}"),
            domain=f"c{i}.{slug}.example",
            bracket_id="11-50",
            size_source="DECLARED",
            plan_id="FREE",
            template_id=template.id,
            created_at=_moment(i),
        )
        for i in numbers
    ]
    await rows.add(clients)
    advisors = [
        models.Advisor(
            **_of(team),
            **_name(i, f"at {slug}"),
            email=f"a{i}@{slug}.example",
            role="ADVISOR",
            status="ACTIVE",
            created_at=_moment(i),
        )
        for i in numbers
    ]
    await rows.add(advisors)
    await rows.add(
        [
            models.ClientUser(
                **_of(team),
                client_id=team.client.id,
                **_name(i, f"from {slug}"),
                email=f"u{i}@{slug}.example",
                created_at=_moment(i),
            )
            for i in numbers
        ]
    )
    pairs = [(client.id, team.advisor.id) for client in clients]
    pairs += [(team.client.id, advisor.id) for advisor in advisors]
    await rows.add(
        [
            models.AdvisorAssignment(
                **_of(team),
                client_id=client_id,
                advisor_id=advisor_id,
                assigned_at=_moment(i),
            )
            for i, (client_id, advisor_id) in enumerate(pairs)
        ]
    )
    await rows.add(
        [
            models.TemplateAdvisor(
                **_of(team), template_id=template.id, advisor_id=advisor.id, position=i
            )
            for i, advisor in zip(numbers, advisors, strict=True)
        ]
    )


async def _fill_content(world: World, team: Team, rows: Rows, numbers: range) -> None:
    """Items with versions (the first item with many), grants, and what templates hold."""
    slug, library = team.partner.slug, team.library
    items = [_item(library.id, team.partner.id, i, slug) for i in numbers]
    if 0 in numbers:
        adopted = _item(library.id, team.partner.id, 0, f"adopted {slug}")
        adopted.adopted_item_id = world.open_item.id
        adopted.adopted_version_id = world.open_version.id
        await rows.add([*items, adopted])
    else:
        await rows.add(items)
    first = rows.of(models.ContentItem)[0]
    versions = [_content_version(item.id, team.partner.id, 1) for item in items]
    await rows.add(versions)
    await rows.add([_content_version(first.id, team.partner.id, i + 1) for i in numbers if i])
    await rows.add(
        [
            models.ContentGrant(
                **_of(team),
                client_id=team.client.id,
                item_id=item.id,
                version_id=version.id,
                source="TEMPLATE",
                granted_at=_moment(i),
            )
            for i, item, version in zip(numbers, items, versions, strict=True)
        ]
    )
    template = rows.of(models.ClientTemplate)[0]
    await rows.add(
        [
            models.TemplateItem(
                **_of(team),
                template_id=template.id,
                item_id=item.id,
                version_id=version.id,
                position=i,
            )
            for i, item, version in zip(numbers, items, versions, strict=True)
        ]
    )


def _item(library_id: UUID, partner_id: UUID | None, i: int, suffix: str) -> models.ContentItem:
    title = f"{NAMES[i % len(NAMES)]} {suffix}"
    return models.ContentItem(
        library_id=library_id,
        partner_id=partner_id,
        kind="POLICY",
        title=title,
        title_key=sort_key(title),
        price_minor=None if partner_id is None else 100,
        price_currency=None if partner_id is None else "USD",
        created_at=_moment(i),
    )


def _content_version(item_id: UUID, partner_id: UUID | None, number: int) -> models.ContentVersion:
    body = f"Version {number}"
    return models.ContentVersion(
        item_id=item_id,
        partner_id=partner_id,
        number=number,
        status="PUBLISHED",
        body=body,
        checksum=checksum(body),
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )


async def _fill_licences(team: Team, rows: Rows, numbers: range) -> None:
    """Slots; subscriptions, live for the new clients and ended for the first one; trials."""
    await rows.add(
        [
            models.SlotEntry(
                **_of(team),
                kind="BOUGHT",
                quantity=1,
                note=team.partner.slug,
                created_at=_moment(i),
            )
            for i in numbers
        ]
    )
    price = await models.Price.filter(bracket_id="11-50", interval="MONTH").first()
    licensed = [rows.of(models.Client)[i].id for i in numbers]
    subscriptions = [(id, None) for id in licensed] + [(team.client.id, LONG_AGO)] * len(numbers)
    await rows.add(
        [
            models.Subscription(
                **_of(team),
                client_id=client_id,
                plan_id="FULL_FEATURE",
                bracket_id="11-50",
                price_id=price.id,
                status="CANCELLED" if cancelled_at else "ACTIVE",
                payer="PARTNER",
                interval="MONTH",
                currency_code="USD",
                amount_minor=10_000,
                started_at=_moment(i),
                billing_starts_at=_moment(i),
                cancelled_at=cancelled_at,
            )
            for i, (client_id, cancelled_at) in enumerate(subscriptions)
        ]
    )
    await rows.add(
        [
            models.Trial(
                **_of(team),
                client_id=client_id,
                plan_id="FULL_FEATURE",
                former_plan_id="FREE",
                started_at=LONG_AGO,
                ends_at=LONG_AGO + timedelta(days=14),
            )
            for client_id in [*licensed, *([team.client.id] if 0 in numbers else [])]
        ]
    )


async def _fill_tiers(team: Team, rows: Rows, shared: Rows, numbers: range) -> None:
    """Decisions (the first one with all benefit changes) and a standing in each program."""
    programs, tier = shared.of(models.TierProgram), shared.of(models.Tier)[0]
    await rows.add(
        [
            models.TierDecision(
                **_of(team),
                program_id=programs[0].id,
                version_id=tier.version_id,
                to_tier_id=tier.id,
                direction="PLACED",
                origin="MANUAL",
                reason=f"{team.partner.slug} {i}",
                decided_at=_moment(i),
            )
            for i in numbers
        ]
    )
    decision = rows.of(models.TierDecision)[0]
    benefits = shared.of(models.TierBenefit)
    await rows.add(
        [
            models.BenefitChange(
                **_of(team),
                decision_id=decision.id,
                tier_benefit_id=benefits[i].id,
                change=change,
                position=i,
            )
            for i in numbers
            for change in ("GAINED", "LOST")
        ]
    )
    await rows.add(
        [
            models.Standing(
                **_of(team),
                program_id=programs[i].id,
                tier_id=tier.id,
                tier_rank=1,
                decision_id=decision.id,
                since=_moment(i),
            )
            for i in numbers
        ]
    )
