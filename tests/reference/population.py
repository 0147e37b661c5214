"""Who asks, and values that are in the data: without them most generated documents find nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from uuid import UUID

from app.auth import scope
from app.auth.actor import PUBLIC, Actor
from app.domain.identity import Role, Scope
from app.domain.ids import global_id
from app.persistence import models
from app.persistence.database import Database
from app.persistence.sql import bind
from app.reads.pages import encode_cursor, page_request
from app.reads.sources import Catalogue, Page, Paging
from schema.activity import EXCHANGE_RATES
from schema.audit import AUDIT_ENTRIES
from schema.billing_runs import BILLING_RUNS
from schema.groups import PARTNER_GROUPS
from schema.partners import PARTNERS
from schema.standings import APPROVALS
from schema.webhooks import WEBHOOK_ENDPOINTS

# So many of a table's rows are known by id; so many places of each ordering by cursor.
ROWS = 40
PLACES = 12

# What apps are made with: those with few scopes meet a refusal in most documents.
APP_SCOPES = {
    "all": frozenset(Scope),
    "partners": frozenset({Scope.PARTNERS_READ}),
    "clients": frozenset({Scope.CLIENTS_READ}),
    "clients and content": frozenset({Scope.CLIENTS_READ, Scope.CONTENT_WRITE}),
    "programs and partners": frozenset({Scope.PROGRAMS_READ, Scope.PARTNERS_READ}),
    "events": frozenset({Scope.EVENTS_READ}),
    "none": frozenset[Scope](),
}


@dataclass(frozen=True)
class Population:
    """The actors by name, and what is in the data for arguments to name."""

    actors: Mapping[str, Actor]
    # Global ids by type, and those that each actor sees; cursors by type and ordering.
    ids: Mapping[str, Sequence[str]]
    visible: Mapping[str, Mapping[str, Sequence[str]]]
    cursors: Mapping[str, Mapping[str, Sequence[str]]]
    # Texts by the name of the argument.
    texts: Mapping[str, Sequence[str]]

    def anyone(self, random: Random) -> str:
        """The name of an actor: people more often than apps, many of which see next to nothing.

        The vendor's most often: much can be asked by them alone.
        """
        people = [name for name in self.actors if not name.startswith("app")]
        vendors = [name for name in people if name.startswith("vendor")]
        return random.choice([*sorted(self.actors), *sorted(people) * 3, *sorted(vendors) * 4])


async def populate(database: Database, catalogue: Catalogue) -> Population:
    """Take a sample of a demo database, the same for the same data."""
    advisors = await models.Advisor.filter(status="ACTIVE").order_by("id")
    sizes = {
        partner: await models.Client.filter(partner_id=partner).count()
        for partner in sorted({advisor.partner_id for advisor in advisors})
    }
    big = max(sizes, key=lambda partner: sizes[partner])
    small = min((p for p in sizes if sizes[p] > 2), key=lambda partner: sizes[partner])
    actors = await _actors(big, small)
    return Population(
        actors,
        await _ids(database, catalogue, None),
        {name: await _ids(database, catalogue, actor) for name, actor in actors.items()},
        {
            name: await _cursors(database, catalogue, name, paging)
            for name, paging in sorted(_pagings(catalogue).items())
        },
        await _texts(),
    )


async def _actors(big: UUID, small: UUID) -> Mapping[str, Actor]:
    actors = {"public": PUBLIC}
    for user in await models.VendorUser.all().order_by("id"):
        actors[user.role.lower()] = Actor(Role(user.role), user.id, name=user.name)
    for size, partner in (("big", big), ("small", small)):
        team = models.Advisor.filter(partner_id=partner, status="ACTIVE").order_by("id")
        admin = await team.filter(role="PARTNER_ADMIN").first()
        advisor = await team.filter(role="ADVISOR").first()
        user = await models.ClientUser.filter(partner_id=partner).order_by("id").first()
        assert admin and advisor and user
        actors[f"admin of the {size} team"] = Actor(Role.PARTNER_ADMIN, admin.id, partner)
        actors[f"advisor of the {size} team"] = Actor(Role.ADVISOR, advisor.id, partner)
        actors[f"client user of the {size} team"] = Actor(
            Role.CLIENT_USER, user.id, partner, user.client_id
        )
    for side, team_id in (("vendor", None), ("partner", big)):
        for name, scopes in APP_SCOPES.items():
            actors[f"app of the {side}: {name}"] = Actor(
                Role.APP, partner_id=team_id, api_key_id=UUID(int=7), scopes=scopes
            )
    return actors


async def _ids(
    database: Database, catalogue: Catalogue, actor: Actor | None
) -> Mapping[str, list[str]]:
    """A sample of the ids that an actor sees, or of all."""
    found = {}
    for name, source in sorted(catalogue.items()):
        where = scope.predicate(source.model.tenancy, scope.audience(actor)) if actor else "TRUE"
        sql = f"SELECT t.id FROM {source.table} t WHERE {where} ORDER BY t.id"
        rows = await _rows(database, sql, scope.values(actor) if actor else {})
        picked = Random(name).sample(rows, min(ROWS, len(rows)))
        found[name] = [global_id(name, UUID(str(row[0]))) for row in picked]
    return found


def _pagings(catalogue: Catalogue) -> Mapping[str, Paging]:
    sources = [source for type_ in catalogue.values() for source in type_.fields.values()]
    pages = [source for source in sources if isinstance(source, Page)]
    found: dict[str, Paging] = {}
    for page in pages:
        # A type may be paged in several ways: the one with the most orderings has its default.
        known = found.get(page.type_name, page.paging)
        first, other = sorted((known, page.paging), key=lambda each: -len(each.orders))
        found[page.type_name] = replace(first, orders={**other.orders, **first.orders})
    of_roots = {
        "Partner": PARTNERS,
        "PartnerGroup": PARTNER_GROUPS,
        "ExchangeRate": EXCHANGE_RATES,
        "TierApproval": APPROVALS,
        "BillingRun": BILLING_RUNS,
        "AuditEntry": AUDIT_ENTRIES,
        "WebhookEndpoint": WEBHOOK_ENDPOINTS,
    }
    return {**found, **of_roots}


async def _cursors(
    database: Database, catalogue: Catalogue, name: str, paging: Paging
) -> Mapping[str, list[str]]:
    """Cursors by ordering, those of the default one under its own name as well as under ''."""
    made: dict[str, list[str]] = {}
    for order_name, order in paging.orders.items():
        request = page_request({"order_by": {"field": order_name, "direction": "ASC"}}, paging)
        rows = await _rows(
            database,
            f"SELECT {order.sql}, t.id FROM {catalogue[name].table} t"
            f" WHERE {order.sql} IS NOT NULL ORDER BY t.id",
        )
        picked = Random(name).sample(rows, min(PLACES, len(rows)))
        made[order_name] = [encode_cursor(request, row[0], row[1]) for row in picked]
    return {**made, "": made[paging.default]}


async def _texts() -> Mapping[str, list[str]]:
    programs = [program.key for program in await models.TierProgram.all()]
    tiers = sorted({tier.key for tier in await models.Tier.all()})
    clients = await models.Client.all().order_by("id").limit(ROWS)
    partners = await models.Partner.all().order_by("id").limit(ROWS)
    return {
        "key": programs,
        "program": programs,
        "tier": tiers,
        "slug": [partner.slug for partner in partners],
        "domain": [client.domain for client in clients],
        "search": ["", "a", "e", "GMBH", "-", "%", "_", "!", "é", clients[0].name],
        "bracket": [bracket.code for bracket in await models.EmployeeBracket.all()],
        "DateTime": [clients[0].created_at.isoformat(), partners[0].created_at.isoformat()],
    }


async def _rows(database: Database, sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    text, bound = bind(sql, values or {}, database.dialect)
    return list(await database.rows(text, bound))
