"""Fixtures: the demo as a service of its own, and the clients from npm to ask it with."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Service, demo_service

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def service(sqlite_demo: tuple[Path, str]) -> Iterator[Service]:
    with demo_service(*sqlite_demo) as running:
        yield running


@pytest.fixture(scope="session")
def with_npm() -> dict[str, str]:
    """An environment in which the Node.js and the tools that npm installed come first."""
    tools = HERE / "node_modules" / ".bin"
    assert (tools / "node").exists(), "Not installed: run `make clients`."
    return os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def service_facts(service: Service) -> dict[str, str]:
    """What programs in JavaScript find in their environment: where the demo is, and its keys."""
    return {
        "PARTNERGRAPH_URL": f"{service.url}/graphql",
        "PARTNERGRAPH_KEYS": json.dumps(service.keys),
    }
