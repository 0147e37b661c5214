"""The numbers of decisions under the presets beside SQL that is written out by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from app.domain.programs.explaining import leaves
from app.persistence.database import Database
from app.services.programs.measuring import load_facts, rows_of
from tests.services.histories import (
    EVALUATORS,
    NOW,
    PARTNER,
    STATE,
    Told,
    against_a_database,
    histories,
    keep,
    three_partners,
)
from tests.world import World

# NOW is the last moment of 31 March 2026 in Berlin: these are midnights there.
YEAR_AGO = datetime(2025, 3, 30, 22, tzinfo=UTC)
FEBRUARY, MARCH = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
# Certified on 1 April a year ago, or on 1 January, is just still certified.
YEARLY, QUARTERLY = datetime(2025, 3, 31, 22, tzinfo=UTC), datetime(2025, 12, 31, 23, tzinfo=UTC)
EURO_RATE, NEXT_RATE = datetime(2025, 9, 30, 22, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

SUMS = """
    SELECT currency_code AS currency,
        CASE WHEN occurred_at < :rate THEN 0 WHEN occurred_at < :next THEN 1 ELSE 2 END AS era,
        SUM(amount) AS minor
    FROM activity_record
    WHERE partner_id = :partner AND kind = 'SALE' AND revenue = :revenue{more}
        AND occurred_at >= :low AND occurred_at < :high GROUP BY 1, 2
"""
COUNT = """
    SELECT COALESCE(SUM(quantity), 0) AS n FROM activity_record
    WHERE partner_id = :partner AND kind = :kind AND occurred_at >= :low AND occurred_at < :high
"""
# A certification counts unless it was taken back: as long as it says, else as the program says.
HOLDERS = """
    SELECT person FROM activity_record c
    WHERE partner_id = :partner AND kind = 'CERTIFICATION' AND quantity = 1 AND person IS NOT NULL
        AND code IN ({codes}) AND {valid} AND occurred_at <= :now
        AND NOT EXISTS (SELECT 1 FROM activity_record r WHERE r.reverses_id = c.id)
"""
UNEXPIRED = "(expires_at IS NULL OR expires_at > :now)"
VALID_A_YEAR = "(expires_at > :now OR (expires_at IS NULL AND occurred_at >= :yearly))"
VALID_A_QUARTER = f"{UNEXPIRED} AND occurred_at >= :quarterly"
EITHER = "'SALES', 'TECHNICAL'"
BOTH_SQL = (
    f"SELECT COUNT(*) AS n FROM ({HOLDERS.replace('{codes}', repr('SALES'))}"
    f" INTERSECT {HOLDERS.replace('{codes}', repr('TECHNICAL'))}) b"
)
ANY_SQL = f"SELECT COUNT(DISTINCT person) AS n FROM ({HOLDERS}) b"
BY_MOTION = (
    " AND motion IN ('REFERRAL', 'RESALE') AND price_basis IN ('LIST_PRICE', 'APPROVED_QUOTE')"
)


def dollars(currency: str, era: int, minor: int) -> Decimal:
    rate = {"USD": (1, 1, 1), "EUR": (0, "1.1", "1.25"), "JPY": (1, 1, 1)}[currency][era]
    if currency == "JPY":
        return Decimal(minor) / 150
    return Decimal(minor) / 100 * Decimal(rate)


def euros(currency: str, era: int, minor: int) -> Decimal:
    if currency == "EUR":
        return Decimal(minor) / 100
    if currency == "JPY" or era == 0:
        return Decimal(0)
    return Decimal(minor) / 100 / Decimal(("1.1", "1.25")[era - 1])


class Ledger:
    """Plain SQL over one partner's records."""

    def __init__(self, database: Database, partner: UUID) -> None:
        self.rows, self.partner = rows_of(database), partner

    async def money(self, revenue: str, low: datetime, high: datetime, more="", to=dollars):
        given = {"revenue": revenue, "low": low, "high": high, "rate": EURO_RATE, "next": NEXT_RATE}
        sql = SUMS.replace("{more}", more)
        found = await self.rows(sql, {"partner": self.partner, **given})
        return sum((to(r["currency"], r["era"], int(r["minor"])) for r in found), Decimal(0))

    async def number(self, sql: str, **given: Any) -> int:
        [row] = await self.rows(sql, {"partner": self.partner, **given})
        return int(row["n"])

    async def people(self, sql: str, valid: str, codes: str = "") -> int:
        text = sql.replace("{valid}", valid).replace("{codes}", codes)
        given = {"now": NOW, "yearly": YEARLY, "quarterly": QUARTERLY}
        return await self.number(text, **{k: v for k, v in given.items() if f":{k}" in text})


async def expected(ledger: Ledger) -> dict[tuple[str, str], Decimal | int]:
    """By program and the beginning of a condition's label."""
    after = NOW + timedelta(microseconds=1)
    both = await ledger.people(BOTH_SQL, VALID_A_QUARTER)
    sold_in_february = await ledger.money("SOLD_MRR", FEBRUARY, MARCH)
    registered = {"kind": "DEAL_REGISTRATION", "low": FEBRUARY, "high": MARCH}
    return {
        ("hubspot", "Sold MRR"): await ledger.money("SOLD_MRR", YEAR_AGO, after),
        ("hubspot", "Managed MRR"): await ledger.money("MANAGED_MRR", YEAR_AGO, after),
        ("hubspot", "At least 1 person"): await ledger.people(ANY_SQL, VALID_A_YEAR, "'PARTNER'"),
        ("zendesk", "Sold ARR"): await ledger.money("SOLD_ARR", YEAR_AGO, after),
        ("zendesk", "Enough people certified in sales or"): await ledger.people(
            ANY_SQL, UNEXPIRED, EITHER
        ),
        ("zendesk", "Enough people certified in sales and"): await ledger.people(
            BOTH_SQL, UNEXPIRED
        ),
        ("metal", "Sold MRR"): sold_in_february,
        ("metal-white-label", "Sold MRR"): sold_in_february,
        ("metal", "At least"): both,
        ("metal-white-label", "At least"): both,
        ("sixclicks", "Sold ARR"): await ledger.money(
            "SOLD_ARR", YEAR_AGO, after, BY_MOTION, to=euros
        ),
        ("sixclicks", "At least 1 certified"): await ledger.people(
            ANY_SQL, UNEXPIRED, "'ADVISOR', 'SALES'"
        ),
        ("sixclicks", "At least 1 deal"): await ledger.number(COUNT, **registered),
    }


@pytest.fixture
async def partners(world: World) -> list[UUID]:
    return await three_partners(world)


@against_a_database
@given(told=histories())
async def test_a_decisions_numbers_are_what_plain_sql_gives(
    database: Database, partners: list[UUID], told: list[Told]
) -> None:
    await keep(database, told, partners)
    ledger = Ledger(database, partners[0])
    seen = set()
    wanted = await expected(ledger)
    for key, evaluator in EVALUATORS.items():
        given = {partners[0]: PARTNER}
        facts = await load_facts(rows_of(database), database.dialect, evaluator, given)
        result = evaluator.evaluate(facts[partners[0]], STATE).result()
        roots = (result["gate"], *(tier["requirement"] for tier in result["tiers"]))
        for leaf in (leaf for root in roots for leaf in leaves(root)):
            for (program, label), number in wanted.items():
                if program == key and leaf["label"].startswith(label):
                    seen.add((program, label))
                    found = Decimal(leaf["value"]["number"])
                    assert abs(found - number) < Decimal("1e-11"), leaf["label"]
    assert seen == set(wanted)
