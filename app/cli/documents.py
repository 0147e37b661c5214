"""`documents`: what applications of one's own may ask, as a manifest."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError

from app.cli.shared import Wrong, err, read_settings
from app.explorer.config import OPERATIONS
from app.graphql.trusted_documents import digest, manifest, without_heading

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
    """Write the manifest of documents: a JSON object of SHA-256 and text.

    With the limits of the settings: what the server would not answer is refused.
    """
    from app.graphql.endpoint import api_schema

    # Not with the manifest in force, which this may be meant to fix.
    settings = read_settings().model_copy(update={"trusted_documents": "off"})
    check = api_schema(settings).documents.check
    found: dict[str, str] = {}
    for path in files or sorted(OPERATIONS.glob("*.graphql")):
        text = _document(path, check)
        found[digest(text)] = text
    if output is None:
        print(manifest(found).decode(), end="")
        return
    output.write_bytes(manifest(found))
    err.print(f"Wrote {len(found)} documents to {output}.", markup=False, highlight=False)


def _document(path: Path, check: Callable[[str], None]) -> str:
    """The document of a file, as it is to be sent. Raises Wrong if it cannot be answered."""
    from app.graphql.document import Invalid

    try:
        text = without_heading(path.read_text(encoding="utf-8"))
        check(text)
    except (OSError, ValueError, Invalid) as error:
        raise Wrong(f"{path}: {error}") from error
    except GraphQLError as error:
        raise Wrong(f"{path}: {error.message}") from error
    return text
