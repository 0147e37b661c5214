"""`clients import` at the command line: what it takes, what it says, how it ends."""

import csv
import sqlite3
from pathlib import Path

import pytest

from tests.commands import Commands
from tests.database_templates import FILE

SETUP = [
    *("setup", "--vendor", "Northwind", "--currency", "USD", "--time-zone", "Europe/Berlin"),
    *("--admin-name", "Vera", "--admin-email", "vera@northwind.example"),
]
GOOD = "name,domain,employees\nOne,one.example,5\nTwo,two.example,50\n"
BAD = "name,domain,employees\n=cmd,one.example,5\nTwo,two.example,=2+2\n"


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


def clients(folder: Path) -> list[str]:
    with sqlite3.connect(folder / FILE) as database:
        return [name for (name,) in database.execute("SELECT name FROM client ORDER BY name")]


def test_a_file_is_checked_refused_and_imported(
    tmp_path: Path, commands: Commands, environment: dict[str, str]
) -> None:
    file, report = tmp_path / "clients.csv", tmp_path / "refused.csv"
    command = ["clients", "import", str(file), "--partner", "acme", "--plan", "FREE"]

    file.write_text(BAD)
    code, _, err = commands.run(*command, "--refused", str(report), **environment)
    assert code == 1 and "1 of 2 rows are refused; nothing was imported." in " ".join(err.split())
    assert list(csv.reader(report.open())) == [
        ["line", "column", "reason"],
        ["3", "employees", "Write a whole number such as 42."],
    ]

    file.write_bytes(GOOD.encode() + b"\xe4\n")
    code, _, err = commands.run(*command, **environment)
    assert code == 1 and "Line 4 is not UTF-8" in " ".join(err.split())

    file.write_text(GOOD)
    for option, said, kept in (
        (["--dry-run"], "2 clients would be created.", []),
        ([], "2 clients created.", ["One", "Two"]),
    ):
        code, out, err = commands.run(*command, *option, **environment)
        assert (code, said in out) == (0, True), (out, err)
        assert clients(tmp_path) == kept

    for wrong, said in (
        (["--partner", "nobody"], "no partner"),
        (["--template", "x"], "no template"),
    ):
        code, _, err = commands.run(*command, *wrong, **environment)
        assert code == 1 and said in " ".join(err.split())
