"""Files of facts: all rows or none, once, every refused row told by line, column and reason."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.csv_rows import RefusedRow, UnreadableFile
from app.domain.errors import Refused
from app.persistence.models import ActivityRecord
from app.services.activity.import_activity import Checked, Imported, check_file, import_file
from app.services.activity.read_import import FileFormat, ImportFile
from tests.activity import positions, sale, tell
from tests.refusals import audited, everything
from tests.refusals import told as events
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
HEADER = "partner,kind,occurredAt,externalId,amount,currencyCode,revenue,code,person,note"
GOOD = """\
acme,SALE,2026-01-15T00:00:00Z,crm-1,129.00,USD,SOLD_ARR,,,
rival,SALE,2026-01-16,crm-1,500,JPY,SOLD_MRR,,,
acme,CERTIFICATION,2026-01-17,cert-1,,,,SALES,Ada@Acme.example,
acme,DEAL_REGISTRATION,2026-01-18T12:00:00+02:00,deal-1,,,,,,
"""


def written(folder: Path, text: str, name: str = "facts.csv") -> ImportFile:
    path = folder / name
    path.write_bytes(text.encode())
    return ImportFile(path, FileFormat(path.suffix[1:]), BERLIN)


def csv(folder: Path, rows: str, header: str = HEADER) -> ImportFile:
    return written(folder, f"{header}\n{rows}")


async def check(world: World, file: ImportFile) -> tuple[Checked, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    before = await everything()
    caller = world.caller(world.as_vendor())
    checked = await check_file(caller, file, refused.append, lambda done: None)
    assert await everything() == before
    return checked, refused


async def run(world: World, file: ImportFile) -> Imported:
    checked, refused = await check(world, file)
    assert refused == []
    caller = world.caller(world.as_vendor())
    return await import_file(caller, file, checked, lambda done: None)


async def refusals(world: World, file: ImportFile) -> list[tuple[int, str]]:
    checked, refused = await check(world, file)
    assert all(row.reason.endswith(".") for row in refused), refused
    assert checked.refused == len({row.line for row in refused})
    return [(row.line, row.field) for row in refused]


async def test_a_file_is_recorded_in_its_order(world: World, tmp_path: Path):
    assert await run(world, csv(tmp_path, GOOD)) == Imported(recorded=4, unchanged=0)
    rows = await ActivityRecord.filter(partner_id=world.acme.partner.id).order_by("position")
    assert [row.kind for row in rows] == ["SALE", "CERTIFICATION", "DEAL_REGISTRATION"]
    assert (rows[0].amount, rows[0].currency_code) == (12_900, "USD")
    assert rows[1].person == "ada@acme.example"
    # A day begins at midnight where the vendor is.
    assert rows[1].occurred_at == datetime(2026, 1, 16, 23, tzinfo=UTC)
    assert rows[2].occurred_at == datetime(2026, 1, 18, 10, tzinfo=UTC)
    [yen] = await ActivityRecord.filter(partner_id=world.rival.partner.id)
    assert (yen.amount, yen.currency_code) == (500, "JPY")
    assert len(await events("ACTIVITY_RECORDED")) == 4
    [entry] = await audited("importActivity")
    assert entry.input["file"] == "facts.csv" and entry.input["rows"] == 4


async def test_importing_again_changes_nothing(world: World, tmp_path: Path):
    await run(world, csv(tmp_path, GOOD))
    before = await ActivityRecord.all().order_by("id").values()
    checked, _ = await check(world, csv(tmp_path, GOOD))
    assert (checked.rows, checked.unchanged) == (4, 4)
    assert await run(world, csv(tmp_path, GOOD)) == Imported(recorded=0, unchanged=4)
    assert await ActivityRecord.all().order_by("id").values() == before
    assert len(await events("ACTIVITY_RECORDED")) == 4
    # With a row more, that row.
    more = GOOD + "acme,REFERRAL,2026-01-19,ref-1,,,,,,\n"
    assert await run(world, csv(tmp_path, more)) == Imported(recorded=1, unchanged=4)
    assert await positions(world.acme) == [1, 2, 3, 4]


async def test_json_lines_say_the_same(world: World, tmp_path: Path):
    await run(world, csv(tmp_path, GOOD))
    names = HEADER.split(",")
    lines = [
        json.dumps({n: v for n, v in zip(names, row.split(","), strict=True) if v})
        for row in GOOD.splitlines()
    ]
    file = written(tmp_path, "\n\n".join(lines), "facts.jsonl")
    assert await run(world, file) == Imported(recorded=0, unchanged=4)
    whole = '{"partner": "acme", "kind": "SALE", "occurredAt": "2026-01-15", "externalId": 7,'
    file = written(
        tmp_path,
        whole + ' "amount": 12, "currencyCode": "USD", "revenue": "SOLD_ARR", "code": null}',
        "more.jsonl",
    )
    assert await run(world, file) == Imported(recorded=1, unchanged=0)
    assert (await ActivityRecord.get(external_id="7")).amount == 1_200


async def test_every_refused_row_is_told(world: World, tmp_path: Path):
    await tell(world, world.acme, sale(external_id="taken"))
    file = csv(
        tmp_path,
        GOOD
        + """\
nobody,SALE,2026-01-15,a-1,1,USD,SOLD_ARR,,,
acme,SALES,2026-01-15,a-2,1,USD,SOLD_ARR,,,
acme,SALE,03/04/2026,a-3,1.005,USD,BOUGHT,,,
acme,SALE,2026-01-15T00:00:00,a-4,1,,SOLD_ARR,,,
acme,SALE,2036-01-15,,1,usd,SOLD_ARR,,,
acme,SALE,2026-01-15,a-6,1e3,USD,SOLD_ARR,lower,,
acme,SALE,2026-01-15
acme,SALE,2026-01-15,taken,1,USD,SOLD_ARR,,,
acme,SALE,2026-01-15,crm-1,1,USD,SOLD_ARR,,,
acme,MANUAL,2026-01-15,a-10,,,,SATISFACTION,,"why
not, really"
no\0body,SALE,2026-01-15,a-11,1,USD,SOLD_ARR,,,
,,,,,,,,,
acme,SALE,2026-01-15,1.2E+05,"1,200",USD,SOLD_ARR,,,
""",
    )
    assert sorted(await refusals(world, file)) == [
        (6, "partner"),
        (7, "kind"),
        (8, "amount"),
        (8, "occurredAt"),
        (8, "revenue"),
        (9, "currencyCode"),
        (9, "occurredAt"),
        (10, "currencyCode"),
        (10, "externalId"),
        (10, "occurredAt"),
        (11, "amount"),
        (11, "code"),
        (11, "code"),
        (12, ""),
        (13, "externalId"),
        (14, "externalId"),
        (15, "value"),
        (17, "partner"),
        (19, "amount"),
        (19, "externalId"),
    ]


async def test_every_refused_line_of_json_is_told(world: World, tmp_path: Path):
    row = {"partner": "acme", "kind": "REFERRAL", "occurredAt": "2026-01-15", "externalId": "a"}
    lines = [
        json.dumps(row),
        "{",
        "[1]",
        json.dumps({**row, "amount": 1.5}),
        json.dumps({**row, "unheardOf": "x"}),
        json.dumps({**row, "source": True}),
        json.dumps({**row, "source": {"a": 1}}),
        json.dumps({**row, "externalId": None}),
    ]
    file = written(tmp_path, "\n".join(lines), "facts.jsonl")
    assert await refusals(world, file) == [
        (2, ""),
        (3, ""),
        (4, "amount"),
        (5, "unheardOf"),
        (6, "source"),
        (7, "source"),
        (8, "externalId"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column partner"),
        ("partner,kind,occurredAt\n", "no column externalId"),
        (HEADER + ",amout\n", "'amout' is not a column"),
        (HEADER + ",code\n", "twice"),
        (HEADER + '\nacme,SALE,"2026\n', "not CSV"),
        (HEADER + "\n" + "x" * 1_000_001, "longer"),
    ],
)
async def test_a_file_that_cannot_be_read(world: World, tmp_path: Path, text: str, told: str):
    with pytest.raises(UnreadableFile, match=told):
        await check(world, written(tmp_path, text))


async def test_a_file_that_is_not_utf_8(world: World, tmp_path: Path):
    file = csv(tmp_path, GOOD)
    file.path.write_bytes(file.path.read_bytes() + b"acme,SALE,\xe4\n")
    with pytest.raises(UnreadableFile, match="Line 6 is not UTF-8"):
        await check(world, file)


async def test_a_mark_at_the_beginning_and_dos_lines_are_fine(world: World, tmp_path: Path):
    text = "\ufeff" + f"{HEADER}\n{GOOD}".replace("\n", "\r\n")
    assert await run(world, written(tmp_path, text)) == Imported(recorded=4, unchanged=0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
async def test_what_excel_saves_is_the_same_file_of_facts(
    world: World, tmp_path: Path, encoding: str, end: str
):
    await run(world, csv(tmp_path, GOOD))
    text = f"{HEADER.upper()},\n{GOOD}".replace("2026-01-16", "16.01.2026").replace(",", "\t")
    file = written(tmp_path, "")
    file.path.write_bytes((text + "\t" * 10 + "\n").replace("\n", end).encode(encoding))
    assert await run(world, file) == Imported(recorded=0, unchanged=4)


async def test_a_file_that_changes_meanwhile_is_not_imported(world: World, tmp_path: Path):
    file = csv(tmp_path, GOOD)
    checked, _ = await check(world, file)
    before = await everything()
    caller = world.caller(world.as_vendor())
    for changed, error in (
        (GOOD + "acme,REFERRAL,2026-01-19,ref-1,,,,,,\n", UnreadableFile),
        (GOOD + "nobody,REFERRAL,2026-01-19,ref-1,,,,,,\n", Refused),
    ):
        csv(tmp_path, changed)
        with pytest.raises(error):
            await import_file(caller, file, checked, lambda done: None)
        assert await everything() == before


async def test_an_external_id_that_is_taken_meanwhile(world: World, tmp_path: Path):
    file = csv(tmp_path, GOOD)
    checked, _ = await check(world, file)
    await tell(world, world.acme, sale(external_id="deal-1"))
    before = await everything()
    with pytest.raises(Refused) as refused:
        caller = world.caller(world.as_vendor())
        await import_file(caller, file, checked, lambda done: None)
    assert [problem.field for problem in refused.value.problems] == [("5", "externalId")]
    assert await everything() == before


async def test_more_rows_than_fit_a_chunk(world: World, tmp_path: Path):
    slugs = ("acme", "rival")
    rows = [f"{slugs[i % 2]},REFERRAL,2026-01-15,r-{i},,,,,,\n" for i in range(2_500)]
    rows.append(rows[0])
    told: list[int] = []
    file = csv(tmp_path, "".join(rows))
    checked, _ = await check(world, file)
    caller = world.caller(world.as_vendor())
    assert await import_file(caller, file, checked, told.append) == Imported(2_500, 1)
    assert await positions(world.acme) == list(range(1, 1_251))
    assert await positions(world.rival) == list(range(1, 1_251))
    assert told[-1] == 2_501
