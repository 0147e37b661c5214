"""`python -m app program compliance`: the report as a file, written on the server."""

from pathlib import Path

import pytest

from tests.api.test_program_command import METAL, Shell
from tests.commands import Commands


@pytest.fixture
def shell(tmp_path: Path, commands: Commands, migrated_sqlite: Path) -> Shell:
    return Shell(tmp_path, commands, migrated_sqlite)


def test_the_report_is_written(shell: Shell):
    shell("program", "import", shell.write("metal.yaml", METAL), "--publish")
    file = shell.folder / "report.csv"
    told = shell("program", "compliance", "metal", "--output", str(file), "--as-of", "2025-01-01")
    assert told == f"Wrote {file}.\n"
    [names] = file.read_text(encoding="utf-8").splitlines()
    assert names.startswith("partner,slug,type,currency,program,as_of,known_at,tier_held,")
    assert '"Sold MRR of at least USD 500,000 in the month before (remaining)"' in names


def test_what_is_wrong_is_one_line(shell: Shell):
    file = shell.folder / "report.csv"
    wrong = ["program", "compliance", "metal", "--output", str(file)]
    assert "no such tier program" in shell(*wrong, code=1)
    assert "Give --as-of as" in shell(*wrong, "--as-of", "yesterday", code=1)
    assert "This moment is after now." in shell(*wrong, "--as-of", "2190-01-01", code=1)
    assert not file.exists()
