"""`python -m app evaluate` as processes: killed half way, and several at once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.ids import new_id
from app.domain.programs.parse import parse_program
from app.persistence.database import Database
from app.persistence.models import (
    ActivityRecord,
    EvaluationRun,
    Event,
    Partner,
    Standing,
    TierDecision,
    Vendor,
)
from app.services.programs.import_program import import_program
from tests.subprocesses import Apart, count_rows

ROOT = Path(__file__).parents[2]
PARTNERS = 1_000
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
LADDER = {
    "key": "ladder",
    "name": "Ladder",
    "effectiveFrom": "2024-01-01",
    "policy": {
        "promotion": "AT_EVALUATION",
        "retention": {"kind": "LIVE"},
        "demotion": "TO_QUALIFIED",
        "evaluateEvery": {"count": 1, "unit": "YEAR"},
    },
    "tiers": [
        {"key": "bronze", "name": "Bronze"},
        {
            "key": "silver",
            "name": "Silver",
            "requirement": {
                "metric": "EVENT_COUNT",
                "label": "A deal",
                "filters": {"activity": "DEAL_REGISTRATION"},
                "operator": "GTE",
                "threshold": 1,
                "window": {"kind": "LIFETIME"},
            },
        },
    ],
}


async def fill(url: str) -> None:
    """A vendor with many partners and a program, nobody in it yet."""
    database = Database(url)
    await database.open()
    await database.transaction(_rows)
    await database.close()


async def _rows() -> None:
    await Vendor.create(name="Northwind", home_currency="USD", time_zone="UTC", created_at=LONG_AGO)
    partners = [
        Partner(
            id=new_id(),
            name=f"Partner {number}",
            name_key=f"partner {number}",
            slug=f"partner-{number}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=LONG_AGO,
        )
        for number in range(PARTNERS)
    ]
    await Partner.bulk_create(partners, batch_size=500)
    await import_program(parse_program(LADDER), at=datetime.now(UTC) - timedelta(days=2))


async def add_deals(url: str) -> None:
    """A deal for every partner, told by somebody else."""
    database = Database(url)
    await database.open()
    await database.transaction(_deals)
    await database.close()


async def _deals() -> None:
    now = datetime.now(UTC)
    await ActivityRecord.bulk_create(
        [
            ActivityRecord(
                partner_id=partner.id,
                position=1,
                kind="DEAL_REGISTRATION",
                digest="0" * 64,
                occurred_at=now,
                recorded_at=now,
            )
            for partner in await Partner.all()
        ],
        batch_size=500,
    )
    await Partner.all().update(activity_count=1)


async def outcome(url: str) -> dict[str, Any]:
    """What is in the database now."""
    database = Database(url)
    await database.open()
    try:
        return {
            "decisions": Counter([str(d.partner_id) for d in await TierDecision.all()]),
            "events": await Event.filter(type="TIER_CHANGED").count(),
            "ranks": Counter([row.tier_rank for row in await Standing.all()]),
            "runs": [
                (run.status, run.evaluated, run.moved)
                for run in await EvaluationRun.all().order_by("as_of")
            ],
            "completed": await Event.filter(type="EVALUATION_COMPLETED").count(),
        }
    finally:
        await database.close()


async def start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app", "evaluate", "ladder"),
        cwd=ROOT,
        env={**os.environ, "PARTNERGRAPH_DATABASE_URL": url, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finish(process: asyncio.subprocess.Process) -> str:
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    return out.decode()


async def kill_half_way(url: str, process: asyncio.subprocess.Process, before: int) -> int:
    """Kill it once it has decided some more than `before`; gives how many are decided then."""
    while True:
        if process.returncode is not None or await count_rows(url, "tier_decision") > before:
            break
        # Another process has no way to tell this one.
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    return await count_rows(url, "tier_decision") - before


async def test_a_killed_run_is_finished_by_the_next_without_loss_or_repetition(
    apart: Apart, url: str
) -> None:
    await apart(fill, url)
    placed = await kill_half_way(url, await start(url), 0)
    assert 0 < placed < PARTNERS
    await finish(await start(url))
    await apart(add_deals, url)

    promoted = await kill_half_way(url, await start(url), PARTNERS)
    assert 0 < promoted < PARTNERS
    told = await finish(await start(url))

    found = await apart(outcome, url)
    # Once to bronze, once to silver: each partner, no more and no less.
    assert found["ranks"] == {2: PARTNERS}
    assert len(found["decisions"]) == PARTNERS and set(found["decisions"].values()) == {2}
    assert found["events"] == 2 * PARTNERS
    # The run that was killed is complete, and so are those before and after it.
    assert [run[:2] for run in found["runs"]] == [("COMPLETED", PARTNERS)] * 3
    assert [run[2] for run in found["runs"]] == [0, PARTNERS, 0]
    assert found["completed"] == 3
    assert f"{PARTNERS} evaluated, 0 moved" in told


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_several_evaluators_share_the_work(apart: Apart, url: str) -> None:
    await apart(fill, url)
    await finish(await start(url))
    await apart(add_deals, url)

    await asyncio.gather(*[finish(await start(url)) for _ in range(3)])

    found = await apart(outcome, url)
    assert found["ranks"] == {2: PARTNERS}
    assert set(found["decisions"].values()) == {2}
    assert found["events"] == 2 * PARTNERS
    assert {run[0] for run in found["runs"]} == {"COMPLETED"}
    assert found["completed"] == len(found["runs"])
