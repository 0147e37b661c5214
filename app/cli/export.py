"""`export-schema`: the API as one file."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

from app.cli.shared import Wrong, out
from app.settings import Settings

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"


def export_schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit 1 if it differs.")
    ] = False,
) -> None:
    """Write schema/schema.graphql, the API as one file."""
    from app.graphql.endpoint import api_schema

    text = api_schema(Settings(explorer=True)).as_str().strip() + "\n"
    kept = SDL.read_text(encoding="utf-8") if SDL.exists() else ""
    if not check:
        SDL.write_text(text, encoding="utf-8")
        out.print(f"Wrote {SDL.relative_to(SDL.parents[1])}.")
    elif text != kept:
        lines = (kept.splitlines(), text.splitlines())
        diff = difflib.unified_diff(*lines, "schema.graphql", "the code", lineterm="")
        print("\n".join(diff))
        raise Wrong("schema/schema.graphql is not what the code says. Run `make schema`.")
