"""An advisor signs a client: content, template, client, upgrade, promotion, and the app is told.

The service runs as a process with demo data; everything goes over HTTP, WebSocket and SSE.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.serving import Service, demo_service

TIER_CHANGES = """
subscription TierChanges($partnerId: ID, $after: Cursor) {
  tierChanged(partnerId: $partnerId, after: $after) {
    cursor occurredAt direction reason
    partner { id name } fromTier { key } toTier { key }
    benefitsGained { benefit { key } value } benefitsLost { benefit { key } value }
  }
}
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with demo_service(*request.getfixturevalue(f"{request.param}_demo")) as running:
        yield running


class Caller:
    """One actor's client of the service."""

    def __init__(self, service: Service, actor: str) -> None:
        self.service = service
        self.actor = actor

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        async with httpx2.AsyncClient() as http:
            response = await http.post(
                f"{self.service.url}/graphql",
                json={"query": document, "variables": variables},
                headers=self.service.headers(self.actor),
                timeout=30,
            )
        answer = response.json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, mutation: str, selection: str, **input: Any) -> dict[str, Any]:
        """Run one mutation and give its payload; it must not be refused."""
        kind = mutation[0].upper() + mutation[1:]
        data = await self.ask(
            f"mutation Do($input: {kind}Input!) {{ {mutation}(input: $input)"
            f" {{ {selection} userErrors {{ code field message }} }} }}",
            input={"idempotencyKey": str(uuid4()), **input},
        )
        payload: dict[str, Any] = data[mutation]
        assert payload["userErrors"] == []
        return payload

    @asynccontextmanager
    async def tier_changes(self, **variables: Any) -> AsyncIterator[Any]:
        """A live subscription over graphql-transport-ws; calling `next` awaits one change."""
        async with connect(
            self.service.websocket_url, subprotocols=["graphql-transport-ws"]
        ) as socket:
            authorization = self.service.headers(self.actor)["Authorization"]
            await socket.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": authorization}})
            )
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": TIER_CHANGES, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            # A ping behind the subscription: its answer says that the server has read both.
            await socket.send(json.dumps({"type": "ping"}))

            async def receive() -> dict[str, Any]:
                while True:
                    message = json.loads(await asyncio.wait_for(socket.recv(), 20))
                    if message["type"] == "next":
                        assert "errors" not in message["payload"], message
                        change: dict[str, Any] = message["payload"]["data"]["tierChanged"]
                        return change
                    assert message["type"] == "pong", message

            yield receive


async def test_the_whole_story(service: Service) -> None:
    admin, advisor = Caller(service, "partner_admin"), Caller(service, "advisor")
    vendor, app = Caller(service, "vendor_admin"), Caller(service, "partner_app")

    # The partner's admin adopts open content and makes a template of it.
    libraries = await admin.ask(
        """{ viewer { partner { id name standing { tier { key } } } }
             contentLibraries { kind items(first: 100) { nodes { id title audience { key }
               latestVersion { id number } adoptedFrom { id } } } } }"""
    )
    partner = libraries["viewer"]["partner"]
    items = {
        library["kind"]: library["items"]["nodes"] for library in libraries["contentLibraries"]
    }
    adopted = {item["adoptedFrom"]["id"] for item in items["EXCLUSIVE"] if item["adoptedFrom"]}
    wanted = next(
        item
        for item in items["OPEN"]
        if item["latestVersion"] and not item["audience"] and item["id"] not in adopted
    )
    mine = await admin.do(
        "adoptContentItem", "contentItem { id title library { kind } }", contentItemId=wanted["id"]
    )
    assert mine["contentItem"]["library"]["kind"] == "EXCLUSIVE"
    template = await admin.do(
        "createClientTemplate",
        "clientTemplate { id plan { code } items { item { title } version { id } } }",
        name=f"Readiness check {uuid4()}",
        planCode="FREE",
        items=[{"contentItemId": mine["contentItem"]["id"]}],
    )
    template_id = template["clientTemplate"]["id"]

    # The advisor checks the wizard's input, then signs the client and upgrades it.
    new_client = {
        "start": {"templateId": template_id},
        "name": "Harbour Lights Logistics",
        "domain": f"https://www.harbour-{uuid4().hex[:8]}.example/about",
        "size": {"employeeCount": 180},
        "users": [{"name": "Mara Quist", "email": "mara@harbour.example"}],
    }
    check = await advisor.ask(
        """query($input: ClientDraftInput!) { validateCreateClient(input: $input) {
             valid userErrors { code } quote { planCode bracket price { amount } } } }""",
        input={"idempotencyKey": "unused", **new_client},
    )
    assert check["validateCreateClient"]["valid"]
    created = await advisor.do(
        "createClient",
        """client { id plan { code } bracket { code } template { id }
             content { nodes { item { title } version { id } source } }
             advisors { nodes { advisor { name } } } users { nodes { email status } } }""",
        **new_client,
    )
    client = created["client"]
    assert client["plan"]["code"] == "FREE"
    assert [grant["item"]["title"] for grant in client["content"]["nodes"]] == [wanted["title"]]
    assert client["content"]["nodes"][0]["version"]["id"] == wanted["latestVersion"]["id"]
    assert client["users"]["nodes"] == [{"email": "mara@harbour.example", "status": "INVITED"}]

    upgraded = await advisor.do(
        "upgradeClient",
        """client { plan { code } trial { endsAt formerPlan { code } }
             subscription { status price { amount currencyCode } billingStartsAt } }""",
        clientId=client["id"],
        planCode="FULL_FEATURE",
    )
    assert upgraded["client"]["plan"]["code"] == "FULL_FEATURE"
    assert upgraded["client"]["subscription"]["status"] == "TRIALING"
    trial = upgraded["client"]["trial"]
    assert trial["formerPlan"]["code"] == "FREE"
    assert upgraded["client"]["subscription"]["billingStartsAt"] == trial["endsAt"]

    # The vendor promotes the partner; the partner's app hears of it at once.
    ladder = ["silver", "gold", "platinum"]
    now = (partner["standing"] or {}).get("tier") or {"key": "silver"}
    first, second = [key for key in ladder if key != now["key"]]
    async with app.tier_changes(partnerId=partner["id"]) as change:
        await asyncio.sleep(0.5)
        await set_tier(vendor, partner["id"], first)
        heard = await change()
    assert heard["partner"]["name"] == partner["name"]
    assert heard["toTier"]["key"] == first
    assert heard["reason"] == f"Moved to {first}"
    gained = {entry["benefit"]["key"] for entry in heard["benefitsGained"]}
    assert "margin_share" in {key.replace("-", "_") for key in gained}

    # While the app is away two more changes happen; it catches up in order, then goes live.
    await set_tier(vendor, partner["id"], second)
    await set_tier(vendor, partner["id"], first)
    async with app.tier_changes(partnerId=partner["id"], after=heard["cursor"]) as change:
        missed = [await change(), await change()]
        await set_tier(vendor, partner["id"], second)
        live = await change()
    assert [entry["toTier"]["key"] for entry in [*missed, live]] == [second, first, second]
    assert [entry["fromTier"]["key"] for entry in [*missed, live]] == [first, second, first]

    # The same over server-sent events.
    events = await sse_changes(service, "partner_app", heard["cursor"], count=3)
    assert [entry["cursor"] for entry in events] == [e["cursor"] for e in [*missed, live]]

    # And what the partner reads afterwards agrees.
    page = await admin.ask(
        """{ viewer { partner { standing { tier { key } decision { reason } }
             tierHistory(first: 1) { nodes { toTier { key } } } } } }"""
    )
    assert page["viewer"]["partner"]["standing"]["tier"]["key"] == second
    assert page["viewer"]["partner"]["tierHistory"]["nodes"] == [{"toTier": {"key": second}}]


async def set_tier(vendor: Caller, partner_id: str, tier: str) -> None:
    await vendor.do(
        "setPartnerTier",
        "decision { id }",
        partnerId=partner_id,
        programKey="sixclicks",
        tierKey=tier,
        reason=f"Moved to {tier}",
    )


async def sse_changes(service: Service, actor: str, after: str, count: int) -> list[dict[str, Any]]:
    """Tier changes after a cursor over SSE, in the distinct-connections mode."""
    changes: list[dict[str, Any]] = []
    async with httpx2.AsyncClient() as http:
        request = http.stream(
            "POST",
            f"{service.url}/graphql",
            json={"query": TIER_CHANGES, "variables": {"after": after}},
            headers={**service.headers(actor), "Accept": "text/event-stream"},
            timeout=20,
        )
        async with request as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            async for line in response.aiter_lines():
                if line.startswith("data:") and line.removeprefix("data:").strip():
                    changes.append(json.loads(line[5:])["data"]["tierChanged"])
                    if len(changes) == count:
                        break
    return changes
