"""Rows of what teams earned: on the lines of their invoices, and on statements."""

from datetime import datetime
from typing import Any

from app.persistence import models
from tests.billing import invoice_of, licence, term
from tests.contract.rows import Rows, moment, of
from tests.world import LONG_AGO, Team, World


async def fill_income(team: Team, rows: Rows, numbers: range) -> None:
    """For each line what it earns and what it takes back of the first; all on one statement."""
    last = max([0, *(row.number for row in await models.Statement.all())])
    await rows.add(
        [
            models.Statement(
                **of(team),
                number=last + place,
                currency_code="USD",
                total_minor=1,
                created_at=moment(i),
                reference=f"{team.partner.slug} {i}",
            )
            for place, i in enumerate(numbers, start=1)
        ]
    )
    statement, lines = rows.of(models.Statement)[0], rows.of(models.InvoiceLine)
    await rows.add([_accrual(team, lines[i], i, statement) for i in numbers])
    first = rows.of(models.Accrual)[0]
    await rows.add([_accrual(team, lines[i], i, statement, first) for i in numbers])


def _accrual(
    team: Team,
    line: models.InvoiceLine,
    i: int,
    statement: models.Statement,
    reverses: models.Accrual | None = None,
) -> models.Accrual:
    sign = -1 if reverses else 1
    return models.Accrual(
        **of(team),
        client_id=team.client.id,
        line_id=line.id,
        kind="CONTENT_REVENUE" if reverses else "REFERRAL",
        status="APPROVED",
        currency_code="USD",
        base_minor=10_000 * sign,
        rate="0.25",
        amount_minor=2_500 * sign,
        rate_source="TIER",
        program_key=f"of-{team.partner.slug}",
        tier_key=f"of-{team.partner.slug}",
        accrued_at=moment(i),
        reverses_id=reverses and reverses.id,
        statement_id=statement.id,
    )


async def income_scene(world: World, later: datetime) -> None:
    """An accrual and a statement of each team, unlike each other in all that filters look at."""
    await _earns(world, world.acme, 1, LONG_AGO)
    await _earns(
        world,
        world.rival,
        2,
        later,
        kind="CONTENT_REVENUE",
        status="PAID",
        currency_code="EUR",
    )


async def _earns(world: World, team: Team, number: int, at: datetime, **changes: Any) -> None:
    _, [line] = await invoice_of(world, team, [await term(await licence(team))])
    values: dict[str, Any] = {
        "kind": "REFERRAL",
        "status": "PENDING",
        "currency_code": "USD",
        **changes,
    }
    paid = at if values["status"] == "PAID" else None
    await models.Statement.create(
        **of(team),
        number=number,
        status="PAID" if paid else "ISSUED",
        currency_code=values["currency_code"],
        total_minor=1,
        created_at=at,
        paid_at=paid,
    )
    await models.Accrual.create(
        **of(team),
        client_id=team.client.id,
        line_id=line.id,
        base_minor=10,
        rate=f"0.{number}",
        amount_minor=number,
        rate_source="OVERRIDE",
        accrued_at=at,
        paid_at=paid,
        **values,
    )
