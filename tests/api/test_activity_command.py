"""`activity import` at the command line: what it takes, what it says, how it ends."""

import csv
import sqlite3
from pathlib import Path

import pytest

from tests.commands import Commands
from tests.database_templates import FILE

HEADER = "partner,kind,occurredAt,externalId,amount,currencyCode,revenue\n"
ROWS = "acme,SALE,2026-01-15,crm-1,129.00,USD,SOLD_ARR\nacme,REFERRAL,2026-01-15,ref-1,,,\n"
SETUP = [
    *("setup", "--vendor", "Northwind", "--currency", "USD", "--time-zone", "Europe/Berlin"),
    *("--admin-name", "Vera", "--admin-email", "vera@northwind.example"),
]


@pytest.fixture
def environment(deployment: Path, commands: Commands) -> dict[str, str]:
    """A deployment with one partner."""
    environment = {"PARTNERGRAPH_DATA_DIR": str(deployment)}
    code, _, err = commands.run(*SETUP, **environment)
    assert code == 0, err
    with sqlite3.connect(deployment / FILE) as database:
        database.execute(
            "INSERT INTO partner (id, name, name_key, slug, type, status, currency_code,"
            " billing_model, payment_method, created_at, activity_count) VALUES"
            " ('01990000-0000-7000-8000-000000000001', 'Acme', 'acme', 'acme', 'MSP', 'ACTIVE',"
            " 'USD', 'RESELLER', 'CARD', '2026-01-01 00:00:00+00:00', 0)"
        )
    return environment


def records(folder: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(folder / FILE) as database:
        found = database.execute(
            "SELECT external_id, position FROM activity_record ORDER BY position"
        )
        return list(found)


def test_a_file_is_checked_imported_and_imported_again(tmp_path: Path, commands, environment):
    file = tmp_path / "facts.csv"
    file.write_text(HEADER + ROWS)
    for arguments, said, kept in (
        (["--dry-run"], "2 rows would be recorded, 0 are there already.", []),
        ([], "2 rows recorded, 0 were there already.", [("crm-1", 1), ("ref-1", 2)]),
        ([], "0 rows recorded, 2 were there already.", [("crm-1", 1), ("ref-1", 2)]),
        (["--dry-run"], "0 rows would be recorded, 2 are", [("crm-1", 1), ("ref-1", 2)]),
    ):
        code, out, err = commands.run("activity", "import", str(file), *arguments, **environment)
        assert (code, said in out) == (0, True), (out, err)
        assert records(tmp_path) == kept


def test_one_refused_row_keeps_all_out(tmp_path: Path, commands, environment):
    file, report = tmp_path / "facts.csv", tmp_path / "refused.csv"
    file.write_text(HEADER + ROWS + "nobody,SALE,2026-01-15,crm-2,1.001,USD,SOLD_ARR\n")
    code, out, err = commands.run(
        "activity", "import", str(file), "--refused", str(report), **environment
    )
    assert code == 1 and "1 of 3 rows of facts.csv are refused" in err, (out, err)
    assert "Traceback" not in err
    with report.open(newline="") as found:
        rows = list(csv.reader(found))
    assert [row[:2] for row in rows] == [["line", "field"], ["4", "amount"], ["4", "partner"]]
    assert records(tmp_path) == []


def test_what_an_operator_can_mend(tmp_path: Path, commands, environment):
    cases = [
        ("facts.txt", HEADER, "give --format"),
        ("facts.csv", "partner,kind\n", "Nothing was imported"),
        ("facts.jsonl", "{", "1 of 1 rows"),
    ]
    for name, text, said in cases:
        (tmp_path / name).write_text(text)
        code, _, err = commands.run("activity", "import", str(tmp_path / name), **environment)
        assert code == 1 and said in " ".join(err.split()), err
        assert "Traceback" not in err
