"""Plans that were compiled are kept: clients ask the same few things again and again."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

from app.persistence.database import Dialect
from app.reads.plan import Level, Viewpoint
from app.reads.planner import Planner
from app.reads.selection import Asked
from app.reads.sources import Catalogue
from app.reads.statements import Statements

# What all plans kept may weigh, in tokens of a document, of 300 bytes each: 90 MB at most, and a
# tenth of it where clients send the same few documents.
MAX_WEIGHT = 300_000
# What a field of a selection may come to with all the texts of its level.
FIELD_WEIGHT = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled selection: its first level, and what writes statements for the levels.

    `anchor` keeps alive what the plan is kept under: the document, whose weight is a part of the
    plan's.
    """

    level: Level
    statements: Statements
    weight: int
    anchor: Any


class Plans:
    """The plans used last, by selection, kind of actor and scopes."""

    def __init__(
        self, catalogue: Catalogue, dialect: Dialect, max_weight: int = MAX_WEIGHT
    ) -> None:
        self.catalogue = catalogue
        self.dialect = dialect
        self._kept: LRUCache[Hashable, Plan] = LRUCache(max_weight, getsizeof=_weight)

    def __len__(self) -> int:
        return len(self._kept)

    def objects(self, asked: Asked, viewpoint: Viewpoint, key: str = "t.id") -> Plan:
        """The plan for whole objects, keyed by an expression.

        Raises NotInScope if an APP's scopes do not cover the type.
        """
        return self._plan(asked, viewpoint, key, None)

    def page(self, asked: Asked, viewpoint: Viewpoint, type_name: str) -> Plan:
        """The plan for a connection of all objects of a type. Raises NotInScope like `objects`."""
        return self._plan(asked, viewpoint, "t.id", type_name)

    def _plan(self, asked: Asked, viewpoint: Viewpoint, key: str, paged: str | None) -> Plan:
        kept_under = (asked.key, viewpoint, key, paged)
        plan = self._kept.get(kept_under)
        if plan is None:
            selection = asked.select()
            planner = Planner(self.catalogue, viewpoint)
            if paged:
                level = planner.connection(paged, selection, key)
            else:
                level = planner.objects(selection, key)
            statements = Statements(self.dialect, viewpoint)
            weight = asked.weight + FIELD_WEIGHT * selection.size
            plan = Plan(level, statements, weight, (selection, asked.anchor))
            # One that is larger than all that may be kept is used once.
            if weight <= self._kept.maxsize:
                self._kept[kept_under] = plan
        return plan


def _weight(plan: Plan) -> int:
    return plan.weight
