"""`python -m app.persistence.new_migration NAME`: write a migration for changed models.

Tortoise writes it; new tables are then created by our own operation, which leaves nothing out.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "migrations"
_IMPORTS = "from tortoise.migrations import operations as ops\n"


def main(name: str) -> int:
    """Write the migration, and say where it is; gives the exit code."""
    before = set(FOLDER.glob("*.py"))
    tool = [
        str(Path(sys.executable).with_name("tortoise")),
        "-c",
        "app.persistence.migrate.TOOLING",
    ]
    done = subprocess.run([*tool, "makemigrations", "-n", name], check=False)
    for path in sorted(set(FOLDER.glob("*.py")) - before):
        path.write_text(with_whole_tables(path.read_text()))
    return done.returncode


def with_whole_tables(text: str) -> str:
    """The text of a migration in which `CreateTable` takes the place of Tortoise's operation."""
    if "ops.CreateModel(" not in text:
        return text
    ours = f"{_IMPORTS}\nfrom app.persistence.operations import CreateTable\n"
    return text.replace("ops.CreateModel(", "CreateTable(").replace(_IMPORTS, ours, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
