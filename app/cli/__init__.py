"""The command line: what an operator does."""

import sys

import typer

from app.cli.activity import activity
from app.cli.admit import admit
from app.cli.audit import audit
from app.cli.backup import backup, restore
from app.cli.bill import bill
from app.cli.catalogue import catalogue
from app.cli.clients import clients
from app.cli.compliance import compliance
from app.cli.data import demo, migrate
from app.cli.documents import documents
from app.cli.evaluate import evaluate
from app.cli.export import export_schema
from app.cli.files import files
from app.cli.keys import keys
from app.cli.program import program
from app.cli.relay import relay
from app.cli.replay import replay
from app.cli.report import report
from app.cli.serve import serve
from app.cli.setup import setup
from app.cli.shared import EXPECTED, tell
from app.server.collector import collect_rarely

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(serve)
app.command()(relay)
app.command()(migrate)
app.command()(setup)
app.command()(admit)
app.command()(demo)
app.command()(evaluate)
app.command()(bill)
app.command()(replay)
app.command()(backup)
app.command()(restore)
app.command()(export_schema)
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")
app.add_typer(catalogue, name="catalogue")
app.add_typer(activity, name="activity")
app.add_typer(clients, name="clients")
app.add_typer(files, name="files")
app.add_typer(documents, name="documents")
program.command()(compliance)
app.add_typer(program, name="program")
app.add_typer(report, name="report")


@app.callback()
def main() -> None:
    """Partnergraph: the partner program of a software vendor as one GraphQL graph."""


def run() -> None:
    """Run a command; what the operator can fix ends with one line and exit code 1."""
    collect_rarely()
    try:
        app()
    except EXPECTED as error:
        tell(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
