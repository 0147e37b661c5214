"""Which rows an actor sees: the tenancy of a model, for one actor, as SQL. The only such place."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from app.auth.actor import Actor
from app.domain.identity import Role
from app.persistence.database import Database
from app.persistence.models.base import Record
from app.persistence.sql import bind, in_list
from app.persistence.tenancy import EVERYBODY, Tenancy

Audience = Literal["vendor", "partner", "advisor", "client_user", "public"]

VENDOR: frozenset[Audience] = frozenset({"vendor"})
# Not the users of client teams, nor the public.
STAFF: frozenset[Audience] = frozenset({"vendor", "partner", "advisor"})


def audience(actor: Actor) -> Audience:
    """The kind of actor that row scopes know: all of the actor that SQL text depends on."""
    if actor.is_vendor:
        return "vendor"
    if actor.role is Role.ADVISOR:
        return "advisor"
    if actor.role is Role.CLIENT_USER:
        return "client_user"
    return "public" if actor.role in (Role.PUBLIC, Role.NEWCOMER) else "partner"


def predicate(tenancy: Tenancy, audience: Audience) -> str:
    """The condition on alias `t` for the rows that this kind of actor sees."""
    return EVERYBODY if sees_all(tenancy, audience) else f"({getattr(tenancy, audience)})"


def sees_all(tenancy: Tenancy, audience: Audience) -> bool:
    """Whether this kind of actor sees every row."""
    return audience == "vendor" or getattr(tenancy, audience) == EVERYBODY


def values(actor: Actor) -> Mapping[str, Any]:
    """The parameters that predicates name."""
    return {"partner": actor.partner_id, "advisor": actor.user_id, "client": actor.client_id}


async def visible_ids(
    database: Database, actor: Actor, model: type[Record], ids: Iterable[UUID]
) -> set[UUID]:
    """Those of the ids that exist and that the actor sees."""
    table = model._meta.db_table
    sql, bound = bind(
        f"SELECT t.id FROM {table} t WHERE {in_list('t.id', 'ids', database.dialect)}"
        f" AND {predicate(model.tenancy, audience(actor))}",
        {"ids": list(ids), **values(actor)},
        database.dialect,
    )
    return {UUID(str(row["id"])) for row in await database.rows(sql, bound)}
