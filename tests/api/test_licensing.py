"""Subscriptions, slots, addresses and the catalogue: who may, what is refused, what is shown."""

from typing import Any
from uuid import uuid4

import pytest
import yaml

from app.auth.actor import PUBLIC
from app.domain.addresses import COUNTRIES
from app.domain.identity import Scope
from app.persistence.models import BillingPolicy, PriceBook
from tests.api.calls import Api, global_id
from tests.world import World

ADDRESS = {
    "name": "Acme Ltd",
    "lines": ["1 High Street", "Floor 2"],
    "city": "London",
    "postalCode": " N1 1AA ",
    "country": "GB",
}


async def test_who_may_do_what(api: Api, world: World) -> None:
    acme, partner = world.acme, global_id(world.acme.partner)
    client = {"clientId": global_id(acme.client)}
    for name, input, forbidden in [
        ("cancelSubscription", client, [acme.as_client_user(), world.as_analyst()]),
        ("resumeSubscription", client, [acme.as_client_user(), world.as_analyst()]),
        ("changeClientSize", {**client, "size": {"employeeCount": 5}}, [acme.as_client_user()]),
        ("buySlotBundle", {"bundleCode": "SLOTS-10"}, [acme.as_advisor(), acme.as_client_user()]),
        ("setBillingAddress", ADDRESS, [acme.as_advisor(), acme.as_client_user()]),
        (
            "setBillingModel",
            {"partnerId": partner, "billingModel": "NON_RESELLER"},
            [acme.as_admin(), acme.as_app(), world.as_analyst()],
        ),
        ("includeSlots", {"partnerId": partner, "slots": 5}, [acme.as_admin(), world.as_analyst()]),
        ("importCatalogue", {"text": "plans: []"}, [acme.as_admin(), world.as_analyst()]),
        ("updateVendor", {"name": "Ours"}, [acme.as_admin(), acme.as_app(), world.as_analyst()]),
    ]:
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        for actor in [*forbidden, acme.as_app(Scope.CONTENT_WRITE)]:
            assert await api.rejected(actor, name, input) == "FORBIDDEN", (name, actor)
    for name, input, field in [
        ("cancelSubscription", client, "clientId"),
        ("resumeSubscription", client, "clientId"),
        ("changeClientSize", {**client, "size": {"employeeCount": 5}}, "clientId"),
        ("buySlotBundle", {"bundleCode": "SLOTS-10", "partnerId": partner}, "partnerId"),
        ("setBillingAddress", {**ADDRESS, **client}, "clientId"),
        ("setBillingAddress", {**ADDRESS, "partnerId": partner}, "partnerId"),
    ]:
        assert await api.refused(world.rival.as_admin(), name, input) == [("NOT_FOUND", (field,))]


SHOWN = "billingAddress { name lines postalCode city region country } taxId"


async def test_an_address_of_a_partner_and_of_a_client(api: Api, world: World) -> None:
    acme, admin = world.acme, world.acme.as_admin()
    client = {"clientId": global_id(acme.client), "taxId": " GB 123 "}
    await api.done(admin, "setBillingAddress", "partner { id }", ADDRESS)
    done = await api.done(
        admin, "setBillingAddress", f"client {{ {SHOWN} }}", {**ADDRESS, **client}
    )
    kept = {**ADDRESS, "postalCode": "N1 1AA", "region": None}
    assert done["client"] == {"billingAddress": kept, "taxId": "GB 123"}
    page = '{ partner(id: "%s") { shown } client(id: "%s") { shown } }'.replace("shown", SHOWN)
    page %= (global_id(acme.partner), client["clientId"])
    nothing = {"billingAddress": None, "taxId": None}
    told = await api.data(admin, page)
    assert told["partner"] == {"billingAddress": kept, "taxId": None}
    assert await api.data(acme.as_advisor(), page) == {"partner": nothing, "client": nothing}
    user = await api.data(acme.as_client_user(), page)
    assert user == {"partner": nothing, "client": told["client"]}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, ("REQUIRED", ("name",))),
        ({"lines": []}, ("REQUIRED", ("lines",))),
        ({"lines": ["a", "b", "c", "d", "e"]}, ("REQUIRED", ("lines",))),
        ({"lines": ["a", "x" * 121]}, ("TOO_LONG", ("lines", "1"))),
        ({"city": ""}, ("REQUIRED", ("city",))),
        ({"country": "XX"}, ("INVALID", ("country",))),
        ({"postalCode": "1\n2"}, ("INVALID", ("postalCode",))),
        ({"taxId": "<b>"}, ("INVALID", ("taxId",))),
    ],
)
async def test_a_wrong_address(
    api: Api, world: World, changes: dict[str, Any], refusal: tuple[str, tuple[str, ...]]
) -> None:
    refusals = await api.refused(world.acme.as_admin(), "setBillingAddress", ADDRESS | changes)
    assert refusals == [refusal]


def test_countries() -> None:
    assert len(COUNTRIES) == 249 and {"DE", "GB", "NO", "US"} <= COUNTRIES


async def test_prices_bundles_policies_and_taxes(api: Api, world: World) -> None:
    page = """{
        priceBooks { currencyCode advisorFee { amount } bundlePrices { bundle { slots } price {
            amount } } prices { bracket { code } interval price { amount currencyCode } } }
        slotBundles { code prices { priceBook { currencyCode } } }
        billingPolicies { rateLock contentCut paymentDays }
        taxRules { country label rate }
    }"""
    told = await api.data(world.acme.as_admin(), page)
    euro, dollar = told["priceBooks"]
    assert [euro["currencyCode"], dollar["currencyCode"]] == ["EUR", "USD"]
    assert dollar["bundlePrices"] == [{"bundle": {"slots": 10}, "price": {"amount": "1500.00"}}]
    assert [p["price"]["amount"] for p in dollar["prices"] if p["interval"] == "MONTH"] == [
        *("100.00", "200.00", "300.00", "400.00")
    ]
    assert told["slotBundles"][0]["code"] == "SLOTS-10"
    assert told["billingPolicies"] == [
        {"rateLock": "AT_CONTRACT_START", "contentCut": "0.15", "paymentDays": 30}
    ]
    assert told["taxRules"] == [{"country": "DE", "label": "MwSt", "rate": "0.19"}]
    assert await api.error(world.acme.as_advisor(), "{ priceBooks { id } }") == "FORBIDDEN"


LEDGER = """{ viewer { partner {
    slotPurchases { nodes { slots source charge { amount } } }
    slotEntries { nodes { kind purchase { bundle { code } } } }
} } }"""


async def test_an_advisor_sees_slots_but_not_what_they_cost(api: Api, world: World) -> None:
    admin = world.acme.as_admin()
    await api.done(admin, "buySlotBundle", "partner { id }", {"bundleCode": "SLOTS-10"})
    for actor, charge in [(admin, {"amount": "1500.00"}), (world.acme.as_advisor(), None)]:
        told = (await api.data(actor, LEDGER))["viewer"]["partner"]
        assert told["slotPurchases"]["nodes"] == [
            {"slots": 10, "source": "BOUGHT", "charge": charge}
        ]
        assert told["slotEntries"]["nodes"] == [
            {"kind": "BOUGHT", "purchase": {"bundle": {"code": "SLOTS-10"}}},
            {"kind": "INCLUDED", "purchase": None},
        ]


async def test_a_catalogue_goes_out_and_comes_back(api: Api, world: World) -> None:
    vendor = world.as_vendor()
    text = (await api.data(vendor, "{ catalogueText }"))["catalogueText"]
    file = yaml.safe_load(text)
    assert set(file) == {
        *("plans", "brackets", "bundles", "priceBooks", "billingPolicies", "taxRules")
    }
    tried = {"text": text, "dryRun": True}
    assert (await api.done(vendor, "importCatalogue", "changes", tried))["changes"] == []
    file["priceBooks"][1] |= {"effectiveFrom": "2027-01-01", "name": "Next year"}
    tried["text"] = yaml.safe_dump(file)
    books = await PriceBook.all().count()
    done = await api.done(vendor, "importCatalogue", "changes vendor { id }", tried)
    assert done["changes"] == ["Price book USD from 2027-01-01: 9 prices."]
    assert done["vendor"] is None and await PriceBook.all().count() == books
    await api.done(vendor, "importCatalogue", "vendor { id }", {"text": tried["text"]})
    assert await PriceBook.all().count() == books + 1


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_wrong_catalogue_says_where(api: Api, world: World, dry_run: bool) -> None:
    document = """mutation($input: ImportCatalogueInput!) {
        importCatalogue(input: $input) { vendor { id } changes userErrors { code field message } }
    }"""
    for text, code, place in [
        ("{", "INVALID", "Line 1, file: "),
        ("- 1", "INVALID", "Line 1, file: "),
        ("plans:\n  - code: FREE", "INVALID", "Line 2, plans[0].name: "),
        ("taxRules: [{country: NO}]", "INVALID", "Line 1, taxRules[0].country: "),
        ("prices: {}", "INVALID", "Line 1, prices: "),
        (
            "bundles: [{code: SLOTS-10, name: Ten slots, slots: 11}]",
            "CONFLICT",
            "bundles[0].slots: ",
        ),
    ]:
        input = {"text": text, "dryRun": dry_run, "idempotencyKey": str(uuid4())}
        told = (await api.data(world.as_vendor(), document, input=input))["importCatalogue"]
        assert told["vendor"] is told["changes"] is None
        found = [error for error in told["userErrors"] if error["message"].startswith(place)]
        assert [(error["code"], error["field"]) for error in found] == [(code, ["text"])], told
    assert await BillingPolicy.all().count() == 1
