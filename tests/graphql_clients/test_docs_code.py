"""The programs that docs/api/subscriptions.md prints, as they stand there."""

import os
import re
import subprocess
import sys

import pytest

from tests.graphql_clients.conftest import HERE
from tests.serving import ROOT, Service

PAGE = (ROOT / "docs/api/subscriptions.md").read_text()
COMMANDS = {"python": [sys.executable, "-"], "js": ["node", "--input-type=module", "-"]}
# What each tells of a wrong key.
REFUSED = {"python": "HTTP Error 401", "js": "4403"}


@pytest.mark.parametrize("language", COMMANDS)
def test_it_ends_with_what_would_be_the_same_next_time(
    language: str, service: Service, with_npm: dict[str, str]
) -> None:
    assert REFUSED[language] in ended(language, service, with_npm, "pg_wrong")
    key = str(service.keys["partner_app"])
    assert "INVALID_CURSOR" in ended(language, service, with_npm, key, "nonsense")


def ended(
    language: str, service: Service, with_npm: dict[str, str], key: str, after: str = ""
) -> str:
    """Run the program of a language against the demo until it fails; what it says."""
    [code] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert "127.0.0.1:8000" in code
    code = code.replace("127.0.0.1:8000", service.url.removeprefix("http://"))
    if after:
        kept = r"^((?:let )?after = )(?:None|null)"
        code, changed = re.subn(kept, rf"\1{after!r}", code, flags=re.MULTILINE)
        assert changed == 1
    done = subprocess.run(
        COMMANDS[language],
        input=code,
        cwd=HERE,
        env=os.environ | with_npm | {"PARTNERGRAPH_KEY": key},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert "Again" not in done.stdout + done.stderr
    return done.stderr
