"""The clients from npm, as they come, against a running demo. What they do is in `*.test.mjs`."""

import subprocess
from pathlib import Path

import pytest

from tests.graphql_clients.conftest import HERE, service_facts
from tests.serving import Service

SECONDS = 120
FILES = sorted(file for file in HERE.rglob("*.test.mjs") if "node_modules" not in file.parts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_a_client_works(file: Path, service: Service, with_npm: dict[str, str]) -> None:
    # Clients that come back for ever would keep the process.
    command = ["node", "--test", "--test-force-exit", "--test-reporter=spec", str(file)]
    done = subprocess.run(
        command,
        env=with_npm | service_facts(service),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
