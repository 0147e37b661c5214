"""Rows of a team's invoices, hung on the first one, and what filters on invoices look at."""

from datetime import datetime
from typing import Any

from app.persistence import models
from schema.node import encode
from tests.contract.rows import Rows, moment, of
from tests.world import Team, World


async def fill_invoices(team: Team, rows: Rows, numbers: range) -> None:
    """Invoices that its client pays; of the first all sections, taxes, payments and credit notes,
    of its first section all lines, of its first line all that take it back."""
    await rows.add([await _invoice(team, i) for i in numbers])
    first = rows.of(models.Invoice)[0]
    notes = [await _invoice(team, i, first) for i in numbers]
    await rows.add(notes)
    sections = [_section(team, first, i) for i in numbers]
    own = [_section(team, note, 0) for note in notes]
    await rows.add([*sections, *own])
    section = rows.of(models.InvoiceSection)[0]
    await rows.add([_line(team, section, rows, i) for i in numbers])
    line = rows.of(models.InvoiceLine)[0]
    await rows.add([_line(team, each, rows, 0, line) for each in own])
    await rows.add([_tax(team, first, i) for i in numbers])
    await rows.add([_payment(team, first, i) for i in numbers])


async def _invoice(
    team: Team, i: int, corrects: models.Invoice | None = None, **changes: Any
) -> models.Invoice:
    slug, kind = team.partner.slug, "CREDIT_NOTE" if corrects else "INVOICE"
    counter, _ = await models.DocumentCounter.get_or_create(
        kind="INVOICE", defaults={"last_number": 0}
    )
    counter.last_number += 1
    await counter.save()
    values: dict[str, Any] = {
        "client_id": team.client.id,
        "kind": kind,
        "status": "ISSUED",
        "number": counter.last_number,
        "period": "2024-01",
        "currency_code": "USD",
        "seller": {"name": "Northwind", "lines": []},
        "buyer": {"name": f"{slug} {i}", "lines": [f"At {slug}"], "country": "DE"},
        "created_at": moment(i),
        "issued_at": moment(i),
        "due_at": moment(i),
        "corrects_id": corrects and corrects.id,
        "reason": f"Told by {slug}" if corrects else None,
    }
    return models.Invoice(**of(team), **{**values, **changes})


def _part(team: Team, invoice_id: Any) -> dict[str, Any]:
    return {**of(team), "invoice_id": invoice_id, "currency_code": "USD"}


def _section(team: Team, invoice: models.Invoice, i: int) -> models.InvoiceSection:
    return models.InvoiceSection(
        **_part(team, invoice.id),
        client_id=team.client.id,
        position=i,
        title=f"{team.partner.slug} {i}",
        subtotal_minor=i,
    )


def _line(
    team: Team,
    section: models.InvoiceSection,
    rows: Rows,
    i: int,
    credits: models.InvoiceLine | None = None,
) -> models.InvoiceLine:
    slug = team.partner.slug
    return models.InvoiceLine(
        **_part(team, section.invoice_id),
        section_id=section.id,
        client_id=team.client.id,
        position=i,
        kind="CREDIT" if credits else "SUBSCRIPTION",
        description=f"{slug} {i}",
        quantity=1,
        unit_amount_minor=i,
        amount_minor=i,
        source_key=None if credits else f"{slug} {i}",
        explanation={"sentence": f"As {slug} knows."},
        subscription_term_id=rows.of(models.SubscriptionTerm)[0].id,
        bundle_purchase_id=rows.of(models.BundlePurchase)[0].id,
        content_sale_id=next((row.id for row in rows.of(models.ContentSale)), None),
        advisor_id=team.advisor.id,
        credits_id=credits and credits.id,
        activity_record_id=rows.of(models.ActivityRecord)[0].id,
    )


def _tax(team: Team, invoice: models.Invoice, i: int) -> models.InvoiceTax:
    return models.InvoiceTax(
        **_part(team, invoice.id),
        country="DE",
        label=f"{team.partner.slug} {i}",
        rate="0.19",
        base_minor=i,
        amount_minor=i,
    )


def _payment(team: Team, invoice: models.Invoice, i: int) -> models.Payment:
    return models.Payment(
        **_part(team, invoice.id),
        kind="CARD",
        reference=f"{team.partner.slug} {i}",
        amount_minor=i + 1,
        received_at=moment(i),
        recorded_at=moment(i),
    )


async def fill_runs(rows: Rows, numbers: range) -> None:
    """Billing runs, and counters of documents."""
    await rows.add(
        [
            models.BillingRun(period=f"{2000 + i}-01", issues=True, started_at=moment(i))
            for i in numbers
        ]
    )
    await rows.add([models.DocumentCounter(kind=f"KIND-{i}", last_number=i) for i in numbers])


async def invoice_scene(world: World, later: datetime) -> None:
    """An invoice of each team, unlike each other in all that filters look at."""
    mine = await _invoice(world.acme, 1, number=101)
    await mine.save()
    other = {"period": "2026-01", "client_id": None, "created_at": later}
    theirs = await _invoice(world.rival, 2, number=102, status="PAID", paid_at=later, **other)
    await theirs.save()
    await (await _invoice(world.rival, 3, theirs, number=103, **other)).save()


def invoice_cases(world: World) -> list[tuple[str, Any, list[str]]]:
    """Conditions on these, and on an invoice of each team for March; the numbers that pass."""
    mine = encode("Partner", world.acme.partner.id)
    march = ["INV-000001", "INV-000002"]
    return [
        ("partnerId", mine, ["INV-000001", "INV-000101"]),
        ("clientId", encode("Client", world.acme.client.id), ["INV-000101"]),
        ("clientId", "nonsense", []),
        ("payer", "CLIENT", ["INV-000101"]),
        ("payer", "PARTNER", ["CN-000103", *march, "INV-000102"]),
        ("status", ["PAID", "DRAFT"], ["INV-000102"]),
        ("kind", "CREDIT_NOTE", ["CN-000103"]),
        ("period", "2026-01", ["CN-000103", "INV-000102"]),
        ("period", "2026", []),
    ]
