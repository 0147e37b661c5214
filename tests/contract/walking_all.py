"""The walk for everybody: every audience, and APPs with scopes of many kinds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, get_args

from strawberry import Schema

from app.auth.scope import Audience
from app.domain.identity import Scope
from app.persistence.database import Dialect
from app.reads.plan import Viewpoint
from schema.type_catalogue import build_catalogue
from tests.contract.documents import core
from tests.contract.walking import Walk, Walked
from tests.contract.walking_proof import complaints

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


def viewpoints() -> Iterator[Viewpoint]:
    """Every audience; and the APPs: all scopes, none, one alone, all but one."""
    everything = frozenset(Scope)
    few = [frozenset[Scope](), everything]
    few += [frozenset({scope}) for scope in Scope] + [everything - {scope} for scope in Scope]
    for audience in AUDIENCES:
        yield Viewpoint(audience)
        # A key is the vendor's or a partner's.
        if audience in ("vendor", "partner"):
            yield from (Viewpoint(audience, scopes) for scopes in few)


@dataclass
class Walks:
    """All that was walked in one dialect: each text once for each audience."""

    plans: int = 0
    levels: int = 0
    statements: int = 0
    walked: dict[tuple[Audience, str, Any], Walked] = field(default_factory=dict)
    refused: dict[Viewpoint, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @cached_property
    def unscoped(self) -> set[tuple[str, Audience, str]]:
        return {
            (found.where, found.audience, told)
            for found in self.walked.values()
            for told in complaints(found.sql, found.audience, found.keyed)
        }


@cache
def walk_all(schema: Schema, dialect: Dialect) -> Walks:
    """Walk for everybody in one dialect; done once for all tests."""
    catalogue = build_catalogue(schema)
    made = Walks()
    for viewpoint in viewpoints():
        walk = Walk(core(schema), catalogue, viewpoint, dialect)
        for found in walk.statements():
            made.statements += 1
            made.walked.setdefault((found.audience, found.sql, found.keyed), found)
        made.plans += walk.plans
        made.levels += walk.levels
        made.refused[viewpoint] = walk.refused
        made.wrong += walk.wrong
    return made
