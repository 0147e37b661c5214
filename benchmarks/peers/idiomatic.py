"""The page as the documentation of Strawberry and of Tortoise shows it: resolvers that return
models, a DataLoader for what many rows refer to, caches for parsing and validation.

DATABASE_URL and POOL_SIZE say what to read. Nobody is authenticated.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from tortoise.contrib.starlette import RegisterTortoise

from app.persistence import models


@strawberry.type
class Plan:
    code: str


@strawberry.type
class Client:
    id: strawberry.ID
    name: str
    domain: str
    status: str
    employee_count: int | None
    created_at: datetime

    @strawberry.field
    async def plan(self, parent: strawberry.Parent[models.Client], info: strawberry.Info) -> Plan:
        return await info.context["plans"].load(parent.plan_id)


@strawberry.type
class Advisor:
    id: strawberry.ID
    name: str
    email: str


@strawberry.type
class Partner:
    id: strawberry.ID
    name: str
    slug: str

    @strawberry.field
    async def clients(self, parent: strawberry.Parent[models.Partner], first: int) -> list[Client]:
        rows = models.Client.filter(partner_id=parent.id).order_by("name_key", "id")
        return await rows.limit(first)  # type: ignore[return-value]

    @strawberry.field
    async def advisors(
        self, parent: strawberry.Parent[models.Partner], first: int
    ) -> list[Advisor]:
        rows = models.Advisor.filter(partner_id=parent.id).order_by("name_key", "id")
        return await rows.limit(first)  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    async def partner(self, id: strawberry.ID) -> Partner | None:
        return await models.Partner.get_or_none(id=UUID(id))  # type: ignore[return-value]


async def _plans(codes: Sequence[str]) -> list[models.Plan | None]:
    found = {plan.code: plan for plan in await models.Plan.filter(code__in=codes)}
    return [found.get(code) for code in codes]


class Endpoint(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        """Loaders live as long as a request."""
        return {"plans": DataLoader(_plans)}


def _database_url() -> str:
    url, size = os.environ["DATABASE_URL"], os.environ["POOL_SIZE"]
    return url if url.startswith("sqlite") else f"{url}&minsize={size}&maxsize={size}"


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    modules = {"models": ["app.persistence.models"]}
    async with RegisterTortoise(app, db_url=_database_url(), modules=modules, use_tz=True):
        yield


schema = strawberry.Schema(Query, extensions=[ParserCache(), ValidationCache()])
app = Starlette(
    routes=[Route("/graphql", Endpoint(schema, graphql_ide=None))],  # type: ignore[arg-type]
    lifespan=lifespan,
)
