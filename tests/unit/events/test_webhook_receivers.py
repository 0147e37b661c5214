"""The receiver in Python of the guide takes what the service sends, and nothing else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.domain.webhook_signing import secret_text, signed_headers

GUIDE = Path(__file__).parents[3] / "docs" / "api" / "webhooks.md"
KEY, FOREIGN = b"k" * 32, b"f" * 32
BODY = '{"id":"event_1","type":"TIER_CHANGED","data":{"reason":"Zürich, 10 €"}}'.encode()


class Queue:
    def __init__(self) -> None:
        self.events: dict[str, Any] = {}

    async def put(self, id: str, event: Any) -> None:
        self.events[id] = event


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
async def post(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Posts a body with headers to the receiver; gives the status of its answer."""
    monkeypatch.setenv("SECRET", secret_text(KEY))
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    names: dict[str, Any] = {"queue": queue}
    exec(code, names)
    app = Starlette(routes=[Route("/partnergraph", names["hooks"], methods=["POST"])])

    async def post(headers: dict[str, str], body: bytes = BODY) -> int:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http:
            answer = await http.post(
                "https://crm.example.com/partnergraph", headers=headers, content=body
            )
        return answer.status_code

    return post


async def test_it_takes_what_is_signed_also_during_a_rotation(post: Any, queue: Queue) -> None:
    now = datetime.now(UTC)
    for keys in ([KEY], [FOREIGN, KEY], [KEY, FOREIGN]):
        queue.events.clear()
        assert await post(signed_headers("event_1", now, BODY, keys)) == 204
        assert queue.events["event_1"]["data"] == {"reason": "Zürich, 10 €"}


async def test_it_answers_401_to_anything_else(post: Any, queue: Queue) -> None:
    now = datetime.now(UTC)
    fine = signed_headers("event_1", now, BODY, [KEY])
    late = signed_headers("event_1", now - timedelta(hours=1), BODY, [KEY])
    wrong = [
        {},
        signed_headers("event_1", now, BODY, [FOREIGN]),
        late,
        *(fine | {"webhook-signature": text} for text in ("no", "v1,%", "v1,a,b", "v1", ",")),
        fine | {"webhook-timestamp": "soon"},
    ]
    assert {await post(headers) for headers in wrong} == {401}
    assert {await post(fine, body) for body in (b"", BODY + b" ", b"\xff")} == {401}
    assert queue.events == {}
