"""Calls on what partners earn, each about a partner's income of its own."""

from uuid import uuid4

from app.persistence.models import Accrual, Partner, SubscriptionTerm
from app.services.income.create_statement import CreateStatement, create_statement
from schema.node import encode
from tests.api.valid_content import Parts
from tests.billing import another_client, licence, recognised, set_policy, term
from tests.world import LONG_AGO, World

BEFORE = "2100-01-01T00:00:00Z"


async def income_calls(world: World) -> dict[str, Parts]:
    """Pending income of acme, approved income and a statement of its rival."""
    vendor = world.as_vendor()
    await set_policy()
    await Partner.filter(id__in=[world.acme.partner.id, world.rival.partner.id]).update(
        referral_rate="0.2"
    )
    pending = await licence(world.acme, await another_client(world.acme, "Earner"))
    await recognised(world, world.acme, await term(pending, LONG_AGO))
    running = await licence(world.rival, await another_client(world.rival, "Earner"))
    await _approved(world, await term(running, LONG_AGO))
    made = await create_statement(
        world.caller(vendor), CreateStatement(str(uuid4()), world.rival.partner.id, "USD")
    )
    await _approved(world, await term(running, LONG_AGO.replace(month=2)))
    statement = encode("Statement", made["statement"])
    acme, rival = (encode("Partner", team.partner.id) for team in (world.acme, world.rival))
    at = world.clock.now().isoformat()
    return {
        "approveAccruals": (
            vendor,
            {"partnerId": acme, "upTo": BEFORE},
            "partner { id name }",
            {"partnerId": rival},
        ),
        "createStatement": (
            vendor,
            {"partnerId": rival, "currencyCode": "USD"},
            "statement { id number total { amount currencyCode } }",
            {"currencyCode": "EUR"},
        ),
        "recordPayout": (
            vendor,
            {"statementId": statement, "reference": "SEPA 77", "paidAt": at},
            "statement { id status paidAt reference }",
            {"reference": "SEPA 78"},
        ),
    }


async def _approved(world: World, charge: SubscriptionTerm) -> None:
    _, [line] = await recognised(world, world.rival, charge)
    await Accrual.filter(line_id=line.id).update(status="APPROVED", approved_at=LONG_AGO)
