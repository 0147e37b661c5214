"""The receiver in JavaScript of the guide takes what the service sends, and nothing else."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

from app.domain.webhook_signing import secret_text, signed_headers
from app.events.webhooks.sending import HEADERS
from tests.graphql_clients.conftest import HERE

GUIDE = HERE.parents[1] / "docs" / "api" / "webhooks.md"
KEY, FOREIGN = b"k" * 32, b"f" * 32
BODY = '{"id":"event_1","type":"TIER_CHANGED","data":{"reason":"Zürich, 10 €"}}'


def test_it_takes_what_is_signed_and_answers_401_to_anything_else(with_npm: dict[str, str]) -> None:
    [code] = re.findall(r"```js\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    now = datetime.now(UTC)
    fine = signed_headers("event_1", now, BODY.encode(), [FOREIGN, KEY])
    requests = [
        (fine, BODY),
        ({}, BODY),
        (signed_headers("event_1", now, BODY.encode(), [FOREIGN]), BODY),
        (signed_headers("event_1", now - timedelta(hours=1), BODY.encode(), [KEY]), BODY),
        (fine, BODY + " "),
        (fine | {"webhook-signature": "no"}, BODY),
        (fine | {"content-type": "text/plain"}, BODY),
    ]
    order = {
        "code": code,
        "secret": secret_text(KEY),
        "requests": [{"headers": {**HEADERS, **each}, "body": body} for each, body in requests],
    }
    done = subprocess.run(
        ["node", str(HERE / "receiver.mjs")],
        input=json.dumps(order),
        env=with_npm,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "statuses": [204, *[401] * 6],
        "taken": [["event_1", json.loads(BODY)]],
    }
