"""Every statement that the plans of a schema can send, for one kind of actor, in one dialect.

A plan is a tree of levels, and the text of a level's statements depends on nothing above it but the
source that leads to it: on that source (its key, join, filters, orderings), its type, the dialect,
the audience, the scopes, and which arguments are set. So whoever walks every field of every type
once, and every way in from a root, has met the FROM and WHERE of every plan that can exist, however
deep; what differs is how much of the select list is asked for, and here it is all of it.

Arguments: each ordering, up and down, from the start and from a cursor; no filter, each by itself
and all together. Filters are ANDed, each as a text of its own, so any other set of them is as good.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

from app.auth.policy import Action, lacks
from app.auth.scope import Audience
from app.persistence.database import Dialect
from app.persistence.sql import Statement
from app.reads.errors import NotInScope
from app.reads.pages import PageRequest, page_request
from app.reads.plan import Level, Relation, Viewpoint
from app.reads.planner import Planner
from app.reads.selection import TYPENAME, Field, Selection
from app.reads.sources import Catalogue, Computed, Filter, Many, One, Page, Paging, TypeSource
from app.reads.statements import Statements
from schema.activity import EXCHANGE_RATES
from schema.audit import AUDIT_ENTRIES
from schema.billing_runs import BILLING_RUNS
from schema.clients import CLIENTS
from schema.groups import PARTNER_GROUPS
from schema.income import ACCRUALS, STATEMENTS
from schema.invoices import INVOICES
from schema.partners import PARTNERS
from schema.standings import APPROVALS, AT_RISK
from schema.templates import CLIENT_TEMPLATES
from schema.webhooks import WEBHOOK_ENDPOINTS
from tests.contract.documents import is_connection
from tests.contract.walking_proof import TABLES, Keyed
from tests.contract.walking_sql import parse, read_select

# The ways in, besides `t.id`, by which any object can be had (`node`, payloads, subscriptions). A
# test asks every root field, and finds any way that is missing here.
KEYS = {"Partner": ["t.slug"], "TierProgram": ["t.key"], "Invoice": ["t.number"]}
PAGES = {
    "Partner": PARTNERS,
    "Client": CLIENTS,
    "PartnerGroup": PARTNER_GROUPS,
    "ClientTemplate": CLIENT_TEMPLATES,
    "ExchangeRate": EXCHANGE_RATES,
    "Standing": AT_RISK,
    "TierApproval": APPROVALS,
    "Accrual": ACCRUALS,
    "Statement": STATEMENTS,
    "Invoice": INVOICES,
    "BillingRun": BILLING_RUNS,
    "AuditEntry": AUDIT_ENTRIES,
    "WebhookEndpoint": WEBHOOK_ENDPOINTS,
}
LISTS = {
    "Vendor": "t.created_at",
    "Plan": "t.rank",
    "EmployeeBracket": "t.min_employees",
    "SlotBundle": "t.slots, t.id",
    "PriceBook": "t.currency_code, t.effective_from DESC, t.id",
    "BillingPolicy": "t.effective_from DESC, t.id",
    "TaxRule": "t.country, t.effective_from DESC, t.id",
    "TierProgram": "t.id",
    "ContentLibrary": "CASE WHEN t.partner_id IS NULL THEN 0 ELSE 1 END, t.id",
}


@dataclass(frozen=True)
class Walked:
    """A statement, with `:name` for its values, and where its keys come from."""

    where: str
    kind: str
    sql: str
    audience: Audience
    dialect: Dialect
    keyed: Keyed | None
    plain: bool


def named(statement: Statement) -> str:
    """A statement's text with the names of its values in place of their numbers."""
    text = statement.text
    for number in range(len(statement.names), 0, -1):
        mark = "$" if statement.dialect == "postgres" else "?"
        text = text.replace(f"{mark}{number}", f":{statement.names[number - 1]}")
    return text


class Walk:
    """What one kind of actor can have planned. Counts plans and levels; `refused` says where not.

    `wrong` says where a level is there in spite of a missing scope, or missing without cause.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        catalogue: Catalogue,
        viewpoint: Viewpoint,
        dialect: Dialect,
    ) -> None:
        self._schema, self._catalogue = schema, catalogue
        self._viewpoint, self._dialect = viewpoint, dialect
        self._planner = Planner(catalogue, viewpoint)
        self._statements = Statements(dialect, viewpoint)
        self.plans = self.levels = 0
        self.refused: list[str] = []
        self.wrong: list[str] = []

    def statements(self) -> Iterator[Walked]:
        """All of them."""
        for name, source in self._catalogue.items():
            selection = self._selection(name, 2)
            for key in ["t.id", *KEYS.get(name, ())]:
                if level := self._root(source, f"{name} by {key}", selection, key):
                    yield self._walked(f"{name} by {key}", "keys", self._statements.of_keys(level))
                    for relation in level.shape.relations if level.shape and key == "t.id" else ():
                        yield from self._relation(source, relation)
            if name in LISTS and (level := self._root(source, f"all of {name}", selection)):
                found = self._statements.of_all(level, LISTS[name], {}, {})
                yield self._walked(f"all of {name}", "all", found)
            if name in PAGES:
                yield from self._root_page(source, PAGES[name])

    def _root(
        self, source: TypeSource, where: str, selection: Selection, key: str = "t.id"
    ) -> Level | None:
        try:
            level = self._planner.objects(selection, key)
        except NotInScope:
            level = None
        self.plans += level is not None
        return self._checked(where, level, source.permission)

    def _root_page(self, source: TypeSource, paging: Paging) -> Iterator[Walked]:
        where = f"pages of {source.name}"
        try:
            level = self._planner.connection(source.name, self._connection(source.name), "t.id")
        except NotInScope:
            level = None
        if self._checked(where, level, source.permission) and level:
            self.plans += 1
            for which, set_ in self._sets(where, paging.filters):
                plain = not set_
                counted = self._statements.count(level, paging, set_)
                yield self._walked(f"{where}, {which}", "count all", counted, None, plain)
                for how, request in _requests(paging):
                    found = self._statements.whole_page(level, paging, request, set_)
                    told = f"{where}, {how}, {which}"
                    yield self._walked(told, "whole page", found, None, plain)

    def _relation(self, parent: TypeSource, relation: Relation) -> Iterator[Walked]:
        source, where = relation.source, f"{parent.name}.{relation.key}"
        if isinstance(source, Computed):
            return
        target = self._catalogue[source.type_name]
        # One field may lead to several types.
        where = f"{where}: {target.name}"
        needed = [target.permission, source.permission if isinstance(source, Many) else None]
        level = self._checked(where, relation.level, *needed)
        if (level is None) != (relation.refused is not None):
            self.wrong.append(f"{where} is neither there nor refused")
        if level is None:
            return
        key = source.target if isinstance(source, One) else source.key
        keyed = _keyed(parent, source.link, key)
        if isinstance(source, Page):
            yield from self._pages(where, level, source, keyed)
            return
        for which, set_ in self._sets(where, source.filters if isinstance(source, Many) else {}):
            found = self._statements.related(level, source, set_)
            yield self._walked(f"{where}, {which}", "related", found, keyed, not set_)

    def _pages(
        self, where: str, level: Level, source: Page, keyed: Keyed | None
    ) -> Iterator[Walked]:
        for which, set_ in self._sets(where, source.paging.filters):
            plain = not set_
            counted = self._statements.count(level, source, set_)
            yield self._walked(f"{where}, {which}", "count", counted, keyed, plain)
            for how, request in _requests(source.paging):
                told = f"{where}, {how}, {which}"
                one = self._statements.page(level, source, request, set_)
                yield self._walked(told, "page", one, keyed, plain)
                several = self._statements.pages(level, source, request, set_)
                yield self._walked(told, "pages", several, keyed, plain)

    def _checked(self, where: str, level: Level | None, *needed: Action | None) -> Level | None:
        """Count a level, or its refusal, which must be for want of a scope."""
        missing = [a for a in needed if a and lacks(self._viewpoint.scopes, a)]
        if (level is None) != bool(missing):
            self.wrong.append(f"{where} with {self._viewpoint}")
        if level is None:
            self.refused.append(where)
            return None
        self.levels += 1
        return level

    def _sets(
        self, where: str, declared: Mapping[str, Filter]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """No filter, each, and all: those that the scopes allow, made as for a request."""
        allowed: dict[str, Any] = {}
        yield "no filter", {}
        for name, found in declared.items():
            try:
                value = self._statements.filter_values(
                    declared, {name: ["x"] if found.many else "x"}
                )
            except NotInScope:
                self.refused.append(f"{where} where {name}")
            else:
                allowed |= value
                yield name, value
            missing = found.permission and lacks(self._viewpoint.scopes, found.permission)
            if bool(missing) != (f"f_{name}" not in allowed):
                self.wrong.append(f"{where} where {name} with {self._viewpoint}")
        if len(allowed) > 1:
            yield "all filters", allowed

    def _walked(
        self,
        where: str,
        kind: str,
        found: Statement,
        keyed: Keyed | None = None,
        plain: bool = True,
    ) -> Walked:
        audience = self._viewpoint.audience
        return Walked(where, kind, named(found), audience, self._dialect, keyed, plain)

    def _selection(self, name: str, depth: int) -> Selection:
        """All fields of a type; `depth` says how far down, at its end stands the name alone."""
        type_ = self._schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType), name
        fields = [Field(TYPENAME, TYPENAME)]
        for key, found in type_.fields.items() if depth else ():
            inner = get_named_type(found.type)
            if is_leaf_type(inner):
                fields.append(Field(key, key))
            elif is_connection(inner):
                below = self._connection(inner.name.removesuffix("Connection"), depth - 1)
                fields.append(Field(key, key, selection=below))
            elif isinstance(inner, GraphQLObjectType):
                fields.append(Field(key, key, selection=self._selection(inner.name, depth - 1)))
            else:
                possible = [one.name for one in self._schema.get_possible_types(inner)]
                choices = {one: self._selection(one, depth - 1) for one in possible}
                fields.append(Field(key, key, choices=choices))
        return Selection(name, tuple(fields))

    def _connection(self, name: str, depth: int = 1) -> Selection:
        node = self._selection(name, depth)
        edge = Selection(
            f"{name}Edge", (Field("cursor", "cursor"), Field("node", "node", {}, node))
        )
        fields = (Field("edges", "edges", {}, edge), Field("totalCount", "totalCount"))
        return Selection(f"{name}Connection", fields)


def _requests(paging: Paging) -> Iterator[tuple[str, PageRequest]]:
    for name in paging.orders:
        for direction in ("ASC", "DESC"):
            order_by = {"field": name, "direction": direction}
            request = page_request({"order_by": order_by}, paging)
            yield f"{name} {direction}", request
            yield f"{name} {direction} on", replace(request, position=("x", UUID(int=0)))


def _keyed(parent: TypeSource, link: str, key: str) -> Keyed | None:
    """Which column of which rows of the parent's level are the keys, if they are a column."""
    alias, _, column = link.partition(".")
    tables = read_select(parse(f"SELECT t.id FROM {parent.table} t {parent.join}")).tables
    return Keyed(key, TABLES[tables[alias] or ""], column) if alias in tables else None
