"""The audit trail: whatever is done to it afterwards is found."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from app.auth.audit_trail import chain_end, record
from app.domain.audit import Anchor
from app.domain.identity import Role
from app.persistence.database import WRITER, Database
from app.persistence.models import AuditEntry
from app.services.audit.verify_audit import BATCH, verify_audit
from tests.commands import Commands

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


async def write(database: Database, count: int, **different: Any) -> None:
    async def unit() -> None:
        for number in range(count):
            await record(
                "test",
                **{
                    "at": AT,
                    "actor_role": Role.VENDOR_ADMIN,
                    "subject_id": UUID(int=number),
                    "correlation_id": "test",
                    "input": {"number": number},
                    **different,
                },
            )

    await database.transaction(unit)


async def found(database: Database, *anchors: Anchor) -> tuple[str, ...]:
    return (await verify_audit(database, anchors)).faults


async def sql(text: str) -> None:
    await get_connection(WRITER).execute_script(text)


async def test_an_empty_trail_is_in_order(database: Database) -> None:
    verified = await verify_audit(database, [])
    assert verified.faults == ()
    assert verified.end == Anchor(0, "0" * 64)


async def test_entries_are_numbered_and_end_with_the_last_hash(database: Database) -> None:
    await write(database, 3)
    verified = await verify_audit(database, [])
    assert verified.faults == ()
    assert verified.end == await chain_end()
    numbers = await AuditEntry.all().order_by("number").values_list("number", flat=True)
    assert numbers == [1, 2, 3]
    assert len(set(await AuditEntry.all().values_list("hash", flat=True))) == 3


async def test_a_refused_unit_leaves_no_gap(database: Database) -> None:
    await write(database, 2)

    async def unit() -> None:
        await record(
            "test",
            at=AT,
            actor_role=Role.VENDOR_ADMIN,
            subject_id=None,
            correlation_id="test",
            input={},
        )
        raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        await database.transaction(unit)
    await write(database, 1)
    assert await found(database) == ()
    assert (await chain_end()).number == 3


async def test_entries_written_at_once_are_one_chain(database: Database) -> None:
    await asyncio.gather(*(write(database, 1) for _ in range(20)))
    verified = await verify_audit(database, [])
    assert (verified.faults, verified.end.number) == ((), 20)


EDITS = {
    "number": "UPDATE audit_entry SET number = 77 WHERE number = 3",
    "time": "UPDATE audit_entry SET at = '2026-03-01 12:30:15.123457+00:00' WHERE number = 3",
    "role": "UPDATE audit_entry SET actor_role = 'ADVISOR' WHERE number = 3",
    "actor": "UPDATE audit_entry SET actor_id = subject_id WHERE number = 3",
    "key": "UPDATE audit_entry SET api_key_id = subject_id WHERE number = 3",
    "action": "UPDATE audit_entry SET action = 'other' WHERE number = 3",
    "subject": "UPDATE audit_entry SET subject_id = NULL WHERE number = 3",
    "correlation": "UPDATE audit_entry SET correlation_id = 'other' WHERE number = 3",
    "input": """UPDATE audit_entry SET input = '{"number": 3}' WHERE number = 3""",
    "hash": "UPDATE audit_entry SET hash = SUBSTR(hash, 2) || '0' WHERE number = 3",
    "deletion": "DELETE FROM audit_entry WHERE number = 3",
    "deletion of the first": "DELETE FROM audit_entry WHERE number = 1",
    "deletion, numbers closed up": (
        "DELETE FROM audit_entry WHERE number = 3;"
        " UPDATE audit_entry SET number = -number WHERE number > 3;"
        " UPDATE audit_entry SET number = -number - 1 WHERE number < 0"
    ),
    "two exchanged": (
        "UPDATE audit_entry SET number = -3 WHERE number = 3;"
        " UPDATE audit_entry SET number = 3 WHERE number = 4;"
        " UPDATE audit_entry SET number = 4 WHERE number = -3"
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
async def test_every_edit_is_found(database: Database, edit: str) -> None:
    await write(database, 5)
    assert await found(database) == ()
    await sql(edit)
    assert await found(database) != ()


async def test_a_partner_that_was_put_in_is_found(world: Any) -> None:
    await write(world.database, 2)
    await AuditEntry.filter(number=1).update(partner_id=world.acme.partner.id)
    assert await found(world.database) == ("Entry 1 was changed, or one before it was replaced.",)


async def test_what_was_cut_off_is_found_by_an_anchor(database: Database) -> None:
    await write(database, 5)
    anchor = await chain_end()
    await write(database, 2)
    assert await found(database, anchor) == ()
    await sql("DELETE FROM audit_entry WHERE number > 4")
    assert await found(database) == ()
    [fault] = await found(database, anchor)
    assert fault == "The trail ends with entry 4; entry 5 was anchored: the end was cut off."


async def test_a_chain_that_was_made_anew_is_found_by_an_anchor(database: Database) -> None:
    await write(database, 5)
    anchor = await chain_end()
    await sql("DELETE FROM audit_entry WHERE number > 2")
    await write(database, 4, correlation_id="forged")
    assert await found(database) == ()
    [fault] = await found(database, anchor)
    assert "Entry 5 does not have the anchored hash" in fault


async def test_a_trail_of_several_batches_is_looked_through(database: Database) -> None:
    await write(database, 3)
    # Wrong all of them, but in place: that each is looked at is what counts.
    rows = [
        AuditEntry(
            number=number,
            hash=f"{number:064}",
            at=AT,
            actor_role="APP",
            action="test",
            correlation_id="test",
            input={},
        )
        for number in range(4, BATCH + 6)
    ]
    await AuditEntry.bulk_create(rows)
    verified = await verify_audit(database, [])
    assert len(verified.faults) == BATCH + 2
    assert verified.end == Anchor(BATCH + 5, f"{BATCH + 5:064}")


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.text("abcäß", max_size=5), PLAIN, max_size=4))
async def test_no_input_breaks_the_chain(database: Database, input: dict[str, Any]) -> None:
    """What a database gives back of JSON may look different; the hash must not."""
    await database.transaction(lambda: AuditEntry.all().delete())
    await write(database, 1, input=input)
    assert await found(database) == ()


def test_the_command_tells(commands: Commands, deployment: Path) -> None:
    """`audit anchor` and `audit verify`, on the trail that `setup` leaves."""
    data = {"PARTNERGRAPH_DATA_DIR": str(deployment)}
    wanted = ("--vendor", "V", "--currency", "EUR", "--time-zone", "UTC")
    admin = ("--admin-name", "Ada", "--admin-email", "ada@example.com")
    assert commands.run("setup", *wanted, *admin, **data).code == 0
    kept = deployment / "anchors"
    first = commands.run("audit", "anchor", str(kept), **data)
    assert first.code == 0, first.err
    assert json.loads(kept.read_text()) == json.loads(first.out)
    number = json.loads(first.out)["number"]
    good = commands.run("audit", "verify", "--anchors", str(kept), **data)
    assert good.code == 0, good.out + good.err
    assert f"Unbroken. Entries: {number}. Anchors that hold: 1." in good.out
    kept.write_text('{"number": 9, "hash": "beef"}\n')
    bad = commands.run("audit", "verify", "--anchors", str(kept), **data)
    assert (bad.code, "the end was cut off" in bad.out) == (1, True)
    for text in ("nonsense\n", ""):
        kept.write_text(text)
        assert commands.run("audit", "verify", "--anchors", str(kept), **data).code == 1
