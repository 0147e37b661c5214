"""Rows of one team, hung on its own first objects: its client, its advisor, its library."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.persistence import models
from tests.contract.rows import Rows, attachment, content_item, content_version, moment, named, of
from tests.world import LONG_AGO, Team, World


async def fill_people(world: World, team: Team, rows: Rows, numbers: range) -> None:
    """Templates, clients, advisors, users, assignments."""
    slug = team.partner.slug
    await rows.add(
        [
            models.ClientTemplate(
                **of(team),
                **named(i, f"{i // 2 if i % 2 else i} recipe {i} {slug}"),
                plan_id="FREE",
                created_at=moment(i),
                updated_at=moment(i),
            )
            for i in numbers
        ]
    )
    template = rows.of(models.ClientTemplate)[0]
    clients = [
        models.Client(
            **of(team),
            **named(i, f"of {slug}"),
            domain=f"c{i}.{slug}.example",
            bracket_id="11-50",
            size_source="DECLARED",
            plan_id="FREE",
            template_id=template.id,
            created_at=moment(i),
        )
        for i in numbers
    ]
    await rows.add(clients)
    advisors = [
        models.Advisor(
            **of(team),
            **named(i, f"at {slug}"),
            email=f"a{i}@{slug}.example",
            role="ADVISOR",
            status="ACTIVE",
            created_at=moment(i),
        )
        for i in numbers
    ]
    await rows.add(advisors)
    await rows.add(
        [
            models.ClientUser(
                **of(team),
                client_id=team.client.id,
                **named(i, f"from {slug}"),
                email=f"u{i}@{slug}.example",
                created_at=moment(i),
            )
            for i in numbers
        ]
    )
    pairs = [(client.id, team.advisor.id) for client in clients]
    pairs += [(team.client.id, advisor.id) for advisor in advisors]
    await rows.add(
        [
            models.AdvisorAssignment(
                **of(team),
                client_id=client_id,
                advisor_id=advisor_id,
                assigned_at=moment(i),
            )
            for i, (client_id, advisor_id) in enumerate(pairs)
        ]
    )
    await rows.add(
        [
            models.TemplateAdvisor(
                **of(team), template_id=template.id, advisor_id=advisor.id, position=i
            )
            for i, advisor in zip(numbers, advisors, strict=True)
        ]
    )


async def fill_invitations(team: Team, rows: Rows, numbers: range) -> None:
    """Invitations of the first advisor, and of the first client's first user."""
    user = {"client_id": team.client.id, "client_user_id": team.client_user.id}
    await rows.add(
        [
            models.Invitation(
                **of(team),
                **who,
                email=f"i{i}@{team.partner.slug}.example",
                created_at=moment(i),
                expires_at=moment(i) + timedelta(days=14),
            )
            for i in numbers
            for who in ({"advisor_id": team.advisor.id}, user)
        ]
    )


async def fill_content(world: World, team: Team, rows: Rows, numbers: range) -> None:
    """Items with versions (the first item with many), grants, and what templates hold."""
    slug, library = team.partner.slug, team.library
    items = [content_item(library.id, team.partner.id, i, slug) for i in numbers]
    if 0 in numbers:
        adopted = content_item(library.id, team.partner.id, 0, f"adopted {slug}")
        adopted.adopted_item_id = world.open_item.id
        adopted.adopted_version_id = world.open_version.id
        await rows.add([*items, adopted])
    else:
        await rows.add(items)
    first = rows.of(models.ContentItem)[0]
    versions = [content_version(item.id, team.partner.id, 1) for item in items]
    await rows.add(versions)
    await rows.add([content_version(first.id, team.partner.id, i + 1) for i in numbers if i])
    await rows.add([attachment(rows.of(models.ContentVersion)[0], i) for i in numbers])
    await rows.add(
        [
            models.ContentGrant(
                **of(team),
                client_id=team.client.id,
                item_id=item.id,
                version_id=version.id,
                source="TEMPLATE",
                granted_at=moment(i),
            )
            for i, item, version in zip(numbers, items, versions, strict=True)
        ]
    )
    await _fill_uses(team, rows, numbers)
    await _fill_deliveries(team, rows, versions, numbers)
    template = rows.of(models.ClientTemplate)[0]
    await rows.add(
        [
            models.TemplateItem(
                **of(team),
                template_id=template.id,
                item_id=item.id,
                version_id=version.id,
                position=i,
            )
            for i, item, version in zip(numbers, items, versions, strict=True)
        ]
    )


async def fill_beside_others(team: Team, rows: Rows, shared: Rows, numbers: range) -> None:
    """The team is in each group; and other partners have adopted its first item."""
    first = rows.of(models.ContentItem)[0]
    libraries = shared.of(models.ContentLibrary)
    adopted = [
        content_item(libraries[i].id, libraries[i].partner_id, i, f"from {team.partner.slug}")
        for i in numbers
    ]
    for item in adopted:
        item.adopted_item_id = first.id
        item.adopted_version_id = rows.of(models.ContentVersion)[0].id
    await shared.add(adopted)
    groups = shared.of(models.PartnerGroup)
    await rows.add(
        [
            models.PartnerGroupMember(**of(team), group_id=groups[i].id, added_at=moment(i))
            for i in numbers
        ]
    )


async def _fill_uses(team: Team, rows: Rows, numbers: range) -> None:
    """The first item in each template, and given and sold to each client."""
    templates, clients = rows.of(models.ClientTemplate), rows.of(models.Client)
    version = rows.of(models.ContentVersion)[0]
    used = {**of(team), "item_id": version.item_id, "version_id": version.id}
    # The first template gets it with all the others.
    others = [templates[i] for i in numbers if i]
    await rows.add(
        [models.TemplateItem(**used, template_id=other.id, position=0) for other in others]
    )
    await rows.add(
        [
            models.ContentGrant(
                **used, client_id=clients[i].id, source="SALE", granted_at=moment(i)
            )
            for i in numbers
        ]
    )
    await rows.add([_sale(used, clients[i].id, i) for i in numbers])


def _sale(used: dict[str, UUID], client_id: UUID, i: int) -> models.ContentSale:
    return models.ContentSale(
        **used,
        client_id=client_id,
        currency_code="USD",
        price_minor=100,
        cut_rate="0.15",
        cut_minor=15,
        revenue_minor=85,
        payer="PARTNER",
        sold_at=moment(i),
    )


async def _fill_deliveries(
    team: Team, rows: Rows, versions: Sequence[models.ContentVersion], numbers: range
) -> None:
    """Pushes of the first item, the first of them with many entries; and sales to the client."""
    first = rows.of(models.ContentItem)[0]
    pushes = [
        models.ContentPush(**of(team), item_id=first.id, version_id=version.id, pushed_at=moment(i))
        for i, version in zip(numbers, versions, strict=True)
    ]
    await rows.add(pushes)
    entries = {"push_id": rows.of(models.ContentPush)[0].id, "outcome": "UPDATED"}
    await rows.add(
        [
            models.ContentPushEntry(
                **of(team), **entries, client_id=team.client.id, from_version_id=version.id
            )
            for version in versions
        ]
    )
    await rows.add(
        [
            _sale(
                {**of(team), "item_id": version.item_id, "version_id": version.id},
                team.client.id,
                i,
            )
            for i, version in zip(numbers, versions, strict=True)
        ]
    )


async def fill_licences(team: Team, rows: Rows, numbers: range) -> None:
    """Slots; subscriptions, live for the new clients and ended for the first one; trials."""
    await _fill_slots(team, rows, numbers)
    price = await models.Price.filter(bracket_id="11-50", interval="MONTH").first()
    licensed = [rows.of(models.Client)[i].id for i in numbers]
    subscriptions = [(id, None) for id in licensed] + [(team.client.id, LONG_AGO)] * len(numbers)
    await rows.add(
        [
            models.Subscription(
                **of(team),
                client_id=client_id,
                plan_id="FULL_FEATURE",
                bracket_id="11-50",
                price_id=price.id,
                status="CANCELLED" if cancelled_at else "ACTIVE",
                payer="PARTNER",
                interval="MONTH",
                currency_code="USD",
                amount_minor=10_000,
                started_at=moment(i),
                billing_starts_at=moment(i),
                former_plan_id="FREE",
                due_at=None if cancelled_at else LONG_AGO.replace(year=2030),
                cancelled_at=cancelled_at,
            )
            for i, (client_id, cancelled_at) in enumerate(subscriptions)
        ]
    )
    subscription = rows.of(models.Subscription)[0]
    await rows.add([_term(team, subscription, i) for i in numbers])
    await rows.add(
        [
            models.Trial(
                **of(team),
                client_id=client_id,
                plan_id="FULL_FEATURE",
                former_plan_id="FREE",
                started_at=LONG_AGO,
                ends_at=LONG_AGO + timedelta(days=14),
            )
            for client_id in [*licensed, *([team.client.id] if 0 in numbers else [])]
        ]
    )


async def _fill_slots(team: Team, rows: Rows, numbers: range) -> None:
    purchases = [
        models.BundlePurchase(
            **of(team),
            bundle_id="SLOTS-10",
            source="BOUGHT",
            quantity=1,
            slots=10,
            currency_code="USD",
            unit_amount_minor=150_000,
            amount_minor=150_000,
            note=team.partner.slug,
            bought_at=moment(i),
        )
        for i in numbers
    ]
    await rows.add(purchases)
    await rows.add(
        [
            models.SlotEntry(
                **of(team),
                kind="BOUGHT",
                quantity=1,
                purchase_id=purchase.id,
                note=team.partner.slug,
                created_at=moment(i),
            )
            for i, purchase in zip(numbers, purchases, strict=True)
        ]
    )


def _term(team: Team, subscription: models.Subscription, i: int) -> models.SubscriptionTerm:
    """One of many terms of the first subscription; no two begin at once."""
    starts_at = LONG_AGO + timedelta(days=31 * i)
    return models.SubscriptionTerm(
        **of(team),
        client_id=subscription.client_id,
        subscription_id=subscription.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=31),
        payer="PARTNER",
        plan_id="FULL_FEATURE",
        bracket_id="11-50",
        price_id=subscription.price_id,
        interval="MONTH",
        currency_code="USD",
        full_amount_minor=10_000,
        days=31,
        full_days=31,
        amount_minor=10_000,
        created_at=starts_at,
    )


async def fill_tiers(team: Team, rows: Rows, shared: Rows, numbers: range) -> None:
    """Decisions (the first one with all benefit changes) and a standing in each program."""
    programs, tier = shared.of(models.TierProgram), shared.of(models.Tier)[0]
    await _fill_evaluations(team, rows, programs[0], tier, numbers)
    evaluation = rows.of(models.Evaluation)[0]
    await rows.add(
        [
            models.TierDecision(
                **of(team),
                program_id=programs[0].id,
                version_id=tier.version_id,
                to_tier_id=tier.id,
                direction="PLACED",
                origin="MANUAL",
                reason=f"{team.partner.slug} {i}",
                decided_at=moment(i),
                evaluation_id=evaluation.id,
            )
            for i in numbers
        ]
    )
    decision = rows.of(models.TierDecision)[0]
    benefits = shared.of(models.TierBenefit)
    await rows.add(
        [
            models.BenefitChange(
                **of(team),
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
                **of(team),
                program_id=programs[i].id,
                tier_id=tier.id,
                tier_rank=1,
                decision_id=decision.id,
                since=moment(i),
                enrolled_at=LONG_AGO,
                at_risk_on=moment(i),
                at_risk_because=[f"Sold by {team.partner.slug}"],
                pin_id=rows.of(models.TierPin)[0].id,
                approval_id=rows.of(models.TierApproval)[0].id,
            )
            for i in numbers
        ]
    )


async def _fill_evaluations(
    team: Team, rows: Rows, program: models.TierProgram, tier: models.Tier, numbers: range
) -> None:
    place = {**of(team), "program_id": program.id}
    told = f"Sold by {team.partner.slug}"
    await rows.add(
        [
            models.Evaluation(
                **place,
                version_id=tier.version_id,
                as_of=moment(i),
                facts_to=0,
                inputs={"of": told},
                digest="0" * 64,
                result={"gate": _result(told), "tiers": []},
                effects=[{"effect": "AT_RISK", "because": told}],
                evaluated_at=moment(i),
            )
            for i in numbers
        ]
    )
    await rows.add(
        [
            models.TierPin(**place, tier_key=tier.key, reason=told, pinned_at=moment(i))
            for i in numbers
        ]
    )
    await rows.add(
        [
            models.TierApproval(
                **place,
                version_id=tier.version_id,
                tier_id=tier.id,
                evaluation_id=rows.of(models.Evaluation)[0].id,
                status="PENDING",
                requested_at=moment(i),
                note=told,
            )
            for i in numbers
        ]
    )


def _result(label: str) -> dict[str, Any]:
    """What an evaluation keeps of a condition."""
    return {
        "kind": "CONDITION",
        "label": label,
        "atLeast": None,
        "met": "MET",
        "of": [],
        "result": {
            "label": label,
            "metric": "EVENT_COUNT",
            "operator": "GTE",
            "unit": "EVENT",
            "value": {"text": "1", "number": "1", "flag": None, "codes": None},
            "threshold": None,
            "remaining": None,
            "met": "MET",
            "buckets": [],
            "unconverted": [],
            "records": 1,
            "contributors": [],
        },
    }


async def fill_activity(team: Team, rows: Rows, numbers: range) -> None:
    """Facts: a sale, and records that take a part of it back."""
    if 0 in numbers:
        await rows.add([_fact(team, 0)])
    sale = rows.of(models.ActivityRecord)[0]
    await rows.add([_fact(team, i + 1, sale.id) for i in numbers])


def _fact(team: Team, i: int, reverses_id: UUID | None = None) -> models.ActivityRecord:
    slug = team.partner.slug
    return models.ActivityRecord(
        **of(team),
        position=i + 1,
        kind="SALE",
        code=f"CODE_OF_{slug}".upper(),
        person=f"p{i}@{slug}.example",
        course=f"Course of {slug}",
        amount=-1 if reverses_id else 1_000_000,
        currency_code="USD",
        revenue="SOLD_ARR",
        quantity=0 if reverses_id else 1,
        evidence=f"https://{slug}.example/{i}",
        note=f"{slug} {i}",
        external_id=f"{slug}-{i}",
        digest="0" * 64,
        reverses_id=reverses_id,
        occurred_at=moment(i),
        recorded_at=moment(i),
    )
