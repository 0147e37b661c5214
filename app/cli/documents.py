"""`documents`: what applications of one's own may ask, as a manifest."""

from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError, parse

from app.cli.shared import Wrong, err
from app.explorer.config import OPERATIONS
from app.trusted_documents import digest, manifest, without_heading

documents = typer.Typer(no_args_is_help=True, help="Trusted documents.")


@documents.callback()
def _documents() -> None:
    pass


@documents.command(name="manifest")
def write_manifest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files with a GraphQL document each. None: the operations that ship."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write; without, standard output.")
    ] = None,
) -> None:
    """Write the manifest of documents: a JSON object of SHA-256 and text."""
    found: dict[str, str] = {}
    for path in files or sorted(OPERATIONS.glob("*.graphql")):
        text = _document(path)
        found[digest(text)] = text
    if output is None:
        print(manifest(found).decode(), end="")
        return
    output.write_bytes(manifest(found))
    err.print(f"Wrote {len(found)} documents to {output}.", markup=False, highlight=False)


def _document(path: Path) -> str:
    """The document of a file, as it is to be sent. Raises Wrong if it is none."""
    try:
        text = without_heading(path.read_text(encoding="utf-8"))
        parse(text)
    except (OSError, ValueError) as error:
        raise Wrong(f"{path}: {error}") from error
    except GraphQLError as error:
        raise Wrong(f"{path}: {error.message}") from error
    return text
