"""What the audit of GraphQL over HTTP says of a production server: no GET, no introspection."""

import os
import subprocess
import sys
from pathlib import Path

from tests.graphql_clients.conftest import HERE
from tests.serving import ROOT, free_port, wait_until_ready


def test_only_what_needs_get_or_introspection_is_refused(
    deployment: Path, with_npm: dict[str, str]
) -> None:
    production = {"PARTNERGRAPH_DATA_DIR": str(deployment), "PARTNERGRAPH_PRODUCTION": "true"}
    port, log = free_port(), deployment / "serve.log"
    with log.open("wb") as told:
        serving = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | production,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, serving, log)
        facts = {"PARTNERGRAPH_URL": f"{url}/graphql", "PARTNERGRAPH_KEYS": "{}"}
        done = subprocess.run(
            ["node", "--test", str(HERE / "audit.test.mjs")],
            env=with_npm | production | facts,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        serving.kill()
        serving.wait()
    assert done.returncode == 0, done.stdout
