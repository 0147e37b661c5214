"""The official library for Node.js verifies what the service signs."""

import json
import secrets
import subprocess
from datetime import UTC, datetime, timedelta

from app.domain.webhook_signing import secret_text, signed_headers
from tests.graphql_clients.conftest import HERE

BODY = '{"type":"TIER_CHANGED","data":{"reason":"Zürich, 10 €"}}'
OLD, NEW, FOREIGN = (secrets.token_bytes(32) for _ in range(3))
NOBODYS = "No matching signature found"


def verified(with_npm: dict[str, str], *webhooks: tuple[dict[str, str], str]) -> list[list[object]]:
    """For each webhook, what the library says with the old, the new and a foreign secret."""
    order = {
        "secrets": [secret_text(key) for key in (OLD, NEW, FOREIGN)],
        "webhooks": [{"headers": headers, "body": body} for headers, body in webhooks],
    }
    done = subprocess.run(
        ["node", str(HERE / "verify.mjs")],
        input=json.dumps(order),
        env=with_npm,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[object]] = json.loads(done.stdout)
    return found


def test_it_verifies_before_during_and_after_a_rotation(with_npm: dict[str, str]) -> None:
    now = datetime.now(UTC)
    before, during, after = (
        (signed_headers("event_1", now, BODY.encode(), keys), BODY)
        for keys in ([OLD], [NEW, OLD], [NEW])
    )
    assert verified(with_npm, before, during, after) == [
        [True, NOBODYS, NOBODYS],
        [True, True, NOBODYS],
        [NOBODYS, True, NOBODYS],
    ]


def test_it_refuses_what_was_changed_or_is_late(with_npm: dict[str, str]) -> None:
    now = datetime.now(UTC)
    headers = signed_headers("event_1", now, BODY.encode(), [NEW])
    late = signed_headers("event_1", now - timedelta(hours=1), BODY.encode(), [NEW])
    another = {**headers, "webhook-id": "event_2"}
    changed, renamed, old = verified(
        with_npm, (headers, BODY.replace("10", "20")), (another, BODY), (late, BODY)
    )
    assert changed[1] == renamed[1] == NOBODYS
    assert old[1] == "Message timestamp too old"
