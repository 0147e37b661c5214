"""Stock Strawberry: its ASGI app, a queue for each subscriber. `python stock.py PORT`.

POST /template, /publish and /collect are for the benchmark.
"""

import asyncio
import gc
import sys
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.scalars import JSON
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

Cursor = strawberry.scalar(str, name="Cursor")


@strawberry.enum
class TierDirection(Enum):
    PLACED = "PLACED"
    PROMOTION = "PROMOTION"
    DEMOTION = "DEMOTION"
    REMOVED = "REMOVED"


@strawberry.type
class Partner:
    id: strawberry.ID
    name: str


@strawberry.type
class TierProgram:
    key: str
    name: str


@strawberry.type
class Tier:
    key: str
    name: str
    rank: int


@strawberry.type
class Benefit:
    key: str
    name: str


@strawberry.type
class TierBenefit:
    benefit: Benefit
    value: JSON


@strawberry.type
class TierChanged:
    cursor: Cursor
    occurred_at: datetime
    direction: TierDirection
    reason: str
    partner: Partner
    program: TierProgram
    from_tier: Tier | None
    to_tier: Tier | None
    benefits_gained: list[TierBenefit]
    benefits_lost: list[TierBenefit]


@strawberry.type
class Query:
    ok: bool = True


topics: dict[str | None, set[asyncio.Queue[TierChanged]]] = defaultdict(set)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def tier_changed(
        self, partner_id: strawberry.ID | None = None, after: Cursor | None = None
    ) -> AsyncGenerator[TierChanged, None]:
        queue: asyncio.Queue[TierChanged] = asyncio.Queue()
        topics[partner_id].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            topics[partner_id].discard(queue)


def _benefits(values: Any) -> list[TierBenefit]:
    return [
        TierBenefit(benefit=Benefit(**value["benefit"]), value=value["value"]) for value in values
    ]


def _event(data: Any) -> TierChanged:
    from_tier, to_tier = data["fromTier"], data["toTier"]
    return TierChanged(
        cursor=data["cursor"],
        occurred_at=datetime.fromisoformat(data["occurredAt"]),
        direction=TierDirection(data["direction"]),
        reason=data["reason"],
        partner=Partner(**data["partner"]),
        program=TierProgram(**data["program"]),
        from_tier=from_tier and Tier(**from_tier),
        to_tier=to_tier and Tier(**to_tier),
        benefits_gained=_benefits(data["benefitsGained"]),
        benefits_lost=_benefits(data["benefitsLost"]),
    )


class Publisher:
    """Takes the benchmark's calls."""

    template: TierChanged
    sequence = 0

    async def take_template(self, request: Request) -> Response:
        self.template = _event(await request.json())
        return Response()

    async def take_events(self, request: Request) -> Response:
        events = await request.json()
        return Response(background=BackgroundTask(self._publish, events))

    async def _publish(self, events: list[tuple[str, str]]) -> None:
        for index, (topic, reason) in enumerate(events):
            # As many at a time as the relay of ours numbers.
            if index % 500 == 499:
                await asyncio.sleep(0)
            self.sequence += 1
            cursor = urlsafe_b64encode(b"e1:%d" % self.sequence).decode().rstrip("=")
            event = replace(self.template, reason=reason, cursor=cursor)
            for queue in topics[topic]:
                queue.put_nowait(event)

    async def collect(self, _: Request) -> Response:
        gc.collect()
        return Response()


def main(port: int) -> None:
    """Serve until stopped."""
    publisher = Publisher()
    schema = strawberry.Schema(Query, subscription=Subscription)
    endpoint = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
    app = Starlette(
        routes=[
            Route("/template", publisher.take_template, methods=["POST"]),
            Route("/publish", publisher.take_events, methods=["POST"]),
            Route("/collect", publisher.collect, methods=["POST"]),
            WebSocketRoute("/graphql", endpoint),
        ]
    )
    uvicorn.run(app, port=port, log_level="warning", ws_per_message_deflate=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
