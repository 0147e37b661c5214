"""`python -m app catalogue`: plans, prices, policies and taxes as a file at the command line."""

from pathlib import Path
from shutil import copyfile
from zoneinfo import ZoneInfo

from app.domain.catalogue.reading import read_catalogue
from app.programs import __file__ as programs
from tests.commands import Commands
from tests.database_templates import FILE

SHIPPED = Path(programs).parent / "billing" / "catalogue.yaml"
SET_UP = {
    "--vendor": "Example",
    "--currency": "EUR",
    "--time-zone": "Europe/Berlin",
    "--admin-name": "Ada",
    "--admin-email": "ada@example.com",
}


def test_out_and_in_again(tmp_path: Path, commands: Commands, migrated_sqlite: Path) -> None:
    (tmp_path / "data").mkdir()
    copyfile(migrated_sqlite, tmp_path / "data" / FILE)
    environment = {"PARTNERGRAPH_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}

    def run(*arguments: str, code: int = 0) -> str:
        done = commands.run(*arguments, **environment)
        assert done.code == code, done.out + done.err
        assert "Traceback" not in done.err
        return done.err if code else done.out

    run("setup", *(word for option in SET_UP.items() for word in option))
    file = tmp_path / "catalogue.yaml"
    run("catalogue", "export", "--output", str(file))
    assert run("catalogue", "import", str(file)) == "0 changes.\n"
    exported, shipped = (
        read_catalogue(p.read_text(encoding="utf-8"), ZoneInfo(SET_UP["--time-zone"]))
        for p in (file, SHIPPED)
    )
    assert exported.plans == shipped.plans and set(exported.taxes) == set(shipped.taxes)

    file.write_text("bundles: [{code: SLOTS-50, name: 50 slots, slots: 50}]\n", encoding="utf-8")
    said = "Bundle SLOTS-50 of 50 slots.\n1 change"
    dry = run("catalogue", "import", str(file), "--dry-run")
    assert dry == f"{said}, nothing was written.\n"
    assert "SLOTS-50" not in run("catalogue", "export")
    assert run("catalogue", "import", str(file)) == f"{said}.\n"
    assert "code: SLOTS-50" in run("catalogue", "export")

    file.write_text("bundles:\n  - {code: SLOTS-50, name: 50 slots}\n", encoding="utf-8")
    told = run("catalogue", "import", str(file), code=1)
    assert "Line 2, bundles[0].slots: This is missing. Add the key `slots`." in told
