"""Invoices as documents over HTTP: for whoever may see them, and at signed addresses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.auth.secrets import server_secret
from app.auth.signed_urls import UrlSigner
from app.domain.identity import Role, Scope
from app.persistence.models import Invoice, InvoiceLine, InvoiceSection, InvoiceTax, Partner
from schema.node import encode
from tests.api.attachments import Attaching
from tests.world import Team, World

URLS = "query($id: ID!) { node(id: $id) { ... on Invoice { pdfUrl htmlUrl } } }"


async def invoice(team: Team, clock: Any, **more: Any) -> Invoice:
    """One with a section, a line and a tax; a draft unless it has a number."""
    made = await Invoice.create(
        partner=team.partner,
        period="2026-02",
        currency_code="USD",
        subtotal_minor=10_000,
        tax_minor=1_900,
        total_minor=11_900,
        created_at=clock.now(),
        **more,
    )
    parts = {"invoice": made, "partner": team.partner, "currency_code": "USD"}
    section = await InvoiceSection.create(
        **parts, position=0, title=team.partner.name, subtotal_minor=10_000
    )
    await InvoiceLine.create(
        **parts,
        section=section,
        position=0,
        kind="ADVISOR_FEE",
        description="Advisor <Ada>",
        quantity=1,
        unit_amount_minor=10_000,
        amount_minor=10_000,
        source_key=str(made.id),
        explanation={"sentence": "The whole month."},
    )
    await InvoiceTax.create(
        **parts,
        country="DE",
        label="VAT",
        rate=Decimal("0.19"),
        base_minor=10_000,
        amount_minor=1_900,
    )
    return made


async def issued(team: Team, clock: Any, number: int, **more: Any) -> Invoice:
    return await invoice(
        team,
        clock,
        status="ISSUED",
        number=number,
        issued_at=clock.now(),
        due_at=clock.now() + timedelta(days=14),
        seller={"name": "Northwind as it was"},
        buyer={"name": "Acme as it was", "country": "DE"},
        **more,
    )


def path(made: Invoice, format: str) -> str:
    return f"/invoices/{encode('Invoice', made.id)}.{format}"


async def test_an_invoice_as_a_page_and_as_pdf(files: Attaching, world: World, clock: Any) -> None:
    made, admin = await issued(world.acme, clock, 7), await files.as_admin()
    page = await files.http.get(path(made, "html"), headers=admin)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "sandbox" in page.headers["content-security-policy"]
    assert page.headers.get_list("content-security-policy") == [
        page.headers["content-security-policy"]
    ]
    assert page.headers["cache-control"] == "private, no-store"
    for said in (
        "INV-000007",
        "2 March 2026",
        "16 March 2026",
        "February 2026",
        "Northwind as it was",
        "Acme as it was",
        "Advisor &lt;Ada&gt;",
        "The whole month.",
        "VAT 19 % on 100.00",
        "119.00",
    ):
        assert said in page.text
    pdf = await files.http.get(path(made, "pdf"), headers=admin)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == 'attachment; filename="INV-000007.pdf"'
    assert pdf.content.startswith(b"%PDF-")


async def test_drafts_and_credit_notes(files: Attaching, world: World, clock: Any) -> None:
    admin = await files.as_admin()
    address = {"name": "Acme Billing", "city": "Bonn", "country": "DE"}
    await Partner.filter(id=world.acme.partner.id).update(billing_address=address, tax_id="DE7")
    draft = await invoice(world.acme, clock)
    page = (await files.http.get(path(draft, "html"), headers=admin)).text
    for said in ("DRAFT", "none yet", world.vendor.name, "Acme Billing", "Bonn", "Tax ID DE7"):
        assert said in page
    response = await files.http.get(path(draft, "pdf"), headers=admin)
    assert 'filename="draft-2026-02.pdf"' in response.headers["content-disposition"]
    first = await issued(world.acme, clock, 1)
    credit = await issued(
        world.acme, clock, 2, kind="CREDIT_NOTE", corrects=first, reason="Wrong <plan>."
    )
    page = (await files.http.get(path(credit, "html"), headers=admin)).text
    for said in (
        "CN-000002",
        "Corrects invoice INV-000001 of 2 March 2026.",
        "Wrong &lt;plan&gt;.",
    ):
        assert said in page


async def test_who_may(files: Attaching, world: World, clock: Any) -> None:
    acme, rival = world.acme, world.rival
    mine = await issued(acme, clock, 1)
    clients = await issued(acme, clock, 2, client=acme.client)
    billing = frozenset({Scope.BILLING_READ})
    admin = await files.as_admin()
    vendor = await files.as_(Role.VENDOR_ANALYST, world.vendor_analyst)
    user = await files.as_(Role.CLIENT_USER, acme.client_user)
    app = await files.as_(Role.APP, partner_id=acme.partner.id, scopes=billing)
    advisor = await files.as_(Role.ADVISOR, acme.advisor)
    reader = await files.as_(Role.APP, scopes=frozenset({Scope.CLIENTS_READ}))
    theirs = await files.as_(Role.PARTNER_ADMIN, rival.admin)
    their_user = await files.as_(Role.CLIENT_USER, rival.client_user)
    unknown = Invoice(id=acme.client.id)
    cases = [
        (mine, admin, 200, ""),
        (mine, vendor, 200, ""),
        (mine, app, 200, ""),
        (clients, user, 200, ""),
        (clients, admin, 200, ""),
        (mine, {}, 401, "UNAUTHENTICATED"),
        (mine, {"authorization": "Bearer nonsense"}, 401, "UNAUTHENTICATED"),
        (mine, advisor, 403, "FORBIDDEN"),
        (mine, reader, 403, "FORBIDDEN"),
        (mine, user, 404, "NOT_FOUND"),
        (mine, theirs, 404, "NOT_FOUND"),
        (clients, their_user, 404, "NOT_FOUND"),
        (unknown, vendor, 404, "NOT_FOUND"),
    ]
    for made, headers, status, code in cases:
        for format in ("html", "pdf"):
            response = await files.http.get(path(made, format), headers=headers)
            assert response.status_code == status, (status, code, format)
            if code:
                assert response.json()["errors"][0]["extensions"]["code"] == code
    assert (await files.http.get("/invoices/%00.pdf", headers=vendor)).status_code == 404


async def test_a_signed_address_opens_one_document(
    files: Attaching, world: World, clock: Any
) -> None:
    made, other = await issued(world.acme, clock, 1), await issued(world.acme, clock, 2)
    admin = await files.as_admin()
    variables = {"id": encode("Invoice", made.id)}
    body = {"query": URLS, "variables": variables}
    answer = (await files.http.post("/graphql", json=body, headers=admin)).json()
    url = answer["data"]["node"]["htmlUrl"]
    assert (await files.http.get(answer["data"]["node"]["pdfUrl"])).content.startswith(b"%PDF-")
    page = await files.http.get(url)
    assert page.status_code == 200 and "INV-000001" in page.text
    _, query = url.split("?")
    for path_ in (path(made, "pdf"), path(other, "html")):
        response = await files.http.get(f"{path_}?{query}", headers=admin)
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"]["reason"] == "LINK_ALTERED"
    gone = await invoice(world.acme, clock)
    signer = UrlSigner(server_secret(files.settings), files.settings.link_seconds)
    gone_url = signer.sign(path(gone, "pdf"), clock.now())
    for model in (InvoiceLine, InvoiceTax, InvoiceSection):
        await model.filter(invoice_id=gone.id).delete()
    await gone.delete()
    assert (await files.http.get(gone_url)).status_code == 404
    clock.advance(seconds=files.settings.link_seconds)
    response = await files.http.get(url)
    assert response.json()["errors"][0]["extensions"]["reason"] == "LINK_EXPIRED"
