"""A server that answers the documents of one manifest only, as the clients' tools write it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.graphql_clients.conftest import HERE, service_facts
from tests.serving import demo_service


def test_relay_asks_by_hash(
    sqlite_demo: tuple[Path, str], with_npm: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = HERE / "relay" / "__persisted__"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    manifest = folder / "queries.json"
    # The compiler wants a manifest to add to.
    manifest.write_text("{}")
    command = ["relay-compiler", "persisted.config.json"]
    subprocess.run(command, cwd=HERE / "relay", env=with_npm, check=True, capture_output=True)
    assert len(json.loads(manifest.read_text())) == 4

    asks_by_hash(HERE / "relay" / "by_hash.mjs", manifest, sqlite_demo, with_npm, monkeypatch)


def test_apollo_client_and_urql_ask_by_hash(
    sqlite_demo: tuple[Path, str], with_npm: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = HERE / "trusted"
    command = ["graphql-codegen", "--config", "codegen.ts", "--errors-only"]
    subprocess.run(command, cwd=folder, env=with_npm, check=True, capture_output=True)
    manifest = folder / "__generated__" / "persisted-documents.json"
    asks_by_hash(folder / "by_hash.mjs", manifest, sqlite_demo, with_npm, monkeypatch)


def asks_by_hash(
    program: Path,
    manifest: Path,
    demo: tuple[Path, str],
    with_npm: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Run a program against a demo that enforces a manifest."""
    monkeypatch.setenv("PARTNERGRAPH_TRUSTED_DOCUMENTS", "enforce")
    monkeypatch.setenv("PARTNERGRAPH_TRUSTED_DOCUMENTS_FILE", str(manifest))
    with demo_service(*demo) as service:
        done = subprocess.run(
            ["node", str(program)],
            env=with_npm | service_facts(service),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
