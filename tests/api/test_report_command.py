"""`python -m app report`: on the screen, or as a file."""

from pathlib import Path

import pytest
from rich.table import Table

from app.cli.report import show_table
from tests.api.test_program_command import Shell
from tests.commands import Commands


@pytest.fixture
def shell(tmp_path: Path, commands: Commands, migrated_sqlite: Path) -> Shell:
    return Shell(tmp_path, commands, migrated_sqlite)


def test_reports(shell: Shell):
    assert "Churn" in shell("report", "revenue", "--from", "2026-01", "--to", "2026-02")
    file = shell.folder / "owed.csv"
    told = shell("report", "receivables", "--as-of", "2026-01-01", "--csv", str(file))
    assert told == f"Wrote {file}.\n"
    assert file.read_text().startswith("partner,slug,as_of,currency,invoices,not_due,")
    assert "is not a month such as 2026-11" in shell("report", "revenue", "--to", "2026", code=1)
    assert "There is no partner 'x'." in shell("report", "revenue", "--partner", "x", code=1)
    assert "Give --as-of as" in shell("report", "receivables", "--as-of", "soon", code=1)


def test_sums_are_whole_however_narrow_the_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "40")
    sums = [f"{number}23,456,789,012.34" for number in range(1, 8)]
    table = Table("Partner", *(f"{days} days or more" for days in range(7)))
    table.add_row("A partner with a long name " * 4, *sums)

    show_table(table)

    told = capsys.readouterr().out
    assert all(f" {each} " in told for each in sums) and "\N{HORIZONTAL ELLIPSIS}" not in told
    assert len(told.splitlines()) == 5
