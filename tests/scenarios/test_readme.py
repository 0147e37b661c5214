"""The README's examples, run as they stand against a fresh demo (at another address)."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.serving import ROOT, Service, demo_service

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SECONDS = 20


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


@pytest.fixture(scope="module")
def service(sqlite_demo: tuple[Path, str]) -> Iterator[Service]:
    with demo_service(*sqlite_demo) as running:
        yield running


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """A folder with the demo's keys where the examples look for them."""
    (tmp_path / "data").symlink_to(service.data)
    return tmp_path


def here(service: Service, text: str) -> str:
    """An example with the address of this demo."""
    return text.replace("127.0.0.1:8000", service.url.removeprefix("http://"))


def test_it_opens_with_the_two_commands() -> None:
    assert BLOCKS[0][1].split()[:2] == ["make", "run"]
    assert "make test" in BLOCKS[0][1]


@pytest.mark.parametrize("document", blocks("graphql"))
async def test_a_graphql_example_works(service: Service, document: str) -> None:
    actor = document.splitlines()[0].removeprefix("# as ")
    async with httpx2.AsyncClient() as http:
        response = await http.post(
            f"{service.url}/graphql", json={"query": document}, headers=service.headers(actor)
        )
    answer = response.json()
    assert "errors" not in answer, answer
    assert all(payload.get("userErrors", []) == [] for payload in answer["data"].values())


def test_the_shell_examples_tell_a_subscriber(service: Service, folder: Path) -> None:
    first, subscribe, change = (here(service, text) for text in blocks("sh")[1:])
    helper = first.split("\n\n")[0]

    # With the headers of the response: they come as soon as the stream is open.
    subscribe = subscribe.replace("curl -sN", "curl -sN -D -")

    assert '"role":"PARTNER_ADMIN"' in shell(folder, first)
    subscriber = subprocess.Popen(
        ["bash", "-c", f"{helper}\n{subscribe}"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert subscriber.stdout is not None
        lines = iter(subscriber.stdout.readline, "")
        assert "200" in next(lines)
        assert '"userErrors":[]' in shell(folder, f"{helper}\n{change}")
        told = next(line for line in lines if "Agreed at the yearly review" in line)
        assert '"toTier":{"name":"Gold"}' in told
    finally:
        subscriber.kill()


def test_the_python_example_replays_what_was_missed(service: Service, folder: Path) -> None:
    [program] = blocks("python")
    # It goes on for ever: the first two messages are what there is to see.
    once = here(service, program).replace(
        "            print(message)",
        "            print(message)\n            if 'next' in message: return",
    )
    done = subprocess.run(
        [sys.executable, "-c", once], cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert '"tierChanged":{"cursor"' in done.stdout.replace(" ", "")


def shell(folder: Path, commands: str) -> str:
    done = subprocess.run(
        ["bash", "-c", commands], cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
