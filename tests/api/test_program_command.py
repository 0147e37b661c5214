"""`python -m app program`: programs as files at the command line."""

import json
import sqlite3
from pathlib import Path
from shutil import copyfile

import pytest

from app.domain.programs.json_schema import json_schema
from app.domain.programs.program_text import read_program
from app.programs import preset_text
from tests.commands import Commands
from tests.database_templates import FILE

ROOT = Path(__file__).parents[2]
METAL = preset_text("metal")


class Shell:
    """A folder with a database, where commands run."""

    def __init__(self, folder: Path, commands: Commands, migrated: Path) -> None:
        self.folder, self._commands = folder, commands
        (folder / "data").mkdir()
        copyfile(migrated, folder / "data" / FILE)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; for one that ends with an error, what it says of that."""
        environment = {"PARTNERGRAPH_DATA_DIR": str(self.folder / "data"), "COLUMNS": "200"}
        done = self._commands.run(*arguments, **environment)
        assert done.code == code, done.out + done.err
        assert "Traceback" not in done.err
        return done.out + done.err if code else done.out

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def rows(self, sql: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "data" / FILE) as database:
            return database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def shell(tmp_path_factory, commands: Commands, migrated_sqlite: Path) -> Shell:
    return Shell(tmp_path_factory.mktemp("programs"), commands, migrated_sqlite)


def later(text: str) -> str:
    return text.replace("effectiveFrom: 2024-01-01", "effectiveFrom: 2090-01-01")


def test_the_files_that_ship_are_valid(shell):
    files = [str(path) for path in (ROOT / "app" / "programs").glob("*.yaml")]
    assert shell("program", "validate", *files) == f"{len(files)} files without problems.\n"


def test_a_file_with_problems_is_told_by_line(shell):
    broken = METAL.replace("threshold: 750000", "threshold: 400000").replace(
        "  - key: gold", "  - key: Gold"
    )
    file = shell.write("broken.yaml", broken)
    lines = broken.splitlines()
    told = shell("program", "validate", file, code=1)
    at = lines.index("  - key: Gold") + 1
    assert f"{file}:{at}: tiers[2].key: 'Gold' is not spelled right." in told
    file = shell.write("falling.yaml", broken.replace("key: Gold", "key: gold"))
    at = lines.index("          threshold: 400000") + 1
    told = shell("program", "validate", file, code=1)
    assert f"{file}:{at}: tiers[2].requirement.of[0].threshold: Gold asks for 400000" in told
    assert "1 problem in 1 file." in told
    assert f"{file}:{at}" in shell("program", "import", file, code=1)
    assert "no such file" in shell("program", "validate", "missing.yaml", code=1).lower()
    Path(file).write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in shell("program", "validate", file, code=1)


def test_a_program_lives_from_import_to_its_next_version(shell):
    first = shell.write("metal.yaml", METAL)
    assert shell("program", "import", first) == "metal@1: draft, effective 2024-01-01.\n"
    assert "no version in force" in shell("program", "export", "metal", code=1)
    assert shell("program", "publish", "metal") == "metal@1: published, effective 2024-01-01.\n"

    exported = shell.folder / "exported.yaml"
    shell("program", "export", "metal", "--output", str(exported))
    assert read_program(exported.read_text()) == read_program(METAL)
    assert shell("program", "diff", str(exported), "metal@1") == "No differences.\n"

    past = shell.write("past.yaml", METAL.replace("threshold: 750000", "threshold: 800000"))
    assert "is past" in shell("program", "import", past, "--publish", code=1)
    second = shell.write("second.yaml", later(Path(past).read_text()))
    assert shell("program", "import", second, "--publish").startswith("metal@2: published")
    # The first stays in force until the second takes effect.
    assert read_program(shell("program", "export", "metal")) == read_program(METAL)
    assert read_program(shell("program", "export", "metal", "--version", "2")) == read_program(
        Path(second).read_text()
    )
    told = shell("program", "diff", "metal@1", "metal@2").splitlines()
    assert any("rises from 750000 to 800000." in line for line in told)
    assert "published and never changes" in shell(
        "program", "publish", "metal", "--version", "2", code=1
    )
    assert "There is no draft" in shell("program", "publish", "metal", code=1)
    assert "Its versions: 1, 2." in shell("program", "diff", "metal@1", "metal@7", code=1)

    audited = shell.rows("SELECT action, actor_role, correlation_id FROM audit_entry")
    assert [row[0] for row in audited].count("importTierProgram") == 2
    assert {row[1:] for row in audited} == {("VENDOR_ADMIN", "command-line")}
    events = shell.rows("SELECT type FROM event ORDER BY occurred_at")
    assert (
        sorted(events) == [("PROGRAM_VERSION_IMPORTED",)] * 2 + [("PROGRAM_VERSION_PUBLISHED",)] * 2
    )


def test_the_schema_is_written_for_editors(shell):
    assert json.loads(shell("program", "schema")) == json_schema()
