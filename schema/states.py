"""The states of clients and partners that deeds depend on: for a whole page, in a few statements.

Each statement reads one table, by its keys and under the actor's scope: `IS TRUE` keeps SQLite from
going by the scope instead, through all rows of a partner.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.client_actions import ClientState, PartnerState, PlanTerms
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.identity import Role
from app.domain.partners import PartnerStatus
from app.domain.plans import PlanCode
from app.persistence import models
from app.persistence.models.base import Record
from app.persistence.sql import in_list
from app.reads.sources import Fetch, Wanted
from app.services.programs.measuring import as_uuid

Row = Mapping[str, Any]
Priced = frozenset[tuple[PlanCode, str]]

_PARTNER = "SELECT t.id, t.status, t.currency_code FROM partner t"


async def client_states(fetch: Fetch, wanted: Wanted) -> Mapping[UUID, ClientState]:
    """The clients that are asked about, by id."""
    rows = await fetch(
        models.Client,
        "SELECT t.id, t.partner_id, t.status, t.plan_id, t.bracket_id, t.domain FROM client t"
        " WHERE t.id{keys} AND {scope} IS TRUE",
    )
    partners = await _partners_of(fetch, rows)
    roles = await _roles(fetch, wanted)
    taken = await _taken(fetch, [row for row in rows if row["status"] == ClientStatus.ARCHIVED])
    live = await fetch(
        models.Subscription,
        "SELECT t.client_id, t.ends_at IS NULL AS open FROM subscription t"
        " WHERE t.client_id{keys} AND {scope} IS TRUE"
        " AND t.status <> 'CANCELLED' AND (t.ends_at IS NULL OR t.ends_at > :now)",
    )
    cancellable = {as_uuid(row["client_id"]) for row in live if row["open"]}
    ending = {as_uuid(row["client_id"]) for row in live if not row["open"]}
    return {
        id: ClientState(
            partners[as_uuid(row["partner_id"])],
            ClientStatus(row["status"]),
            PlanCode(row["plan_id"]),
            row["bracket_id"],
            row["domain"],
            roles.get(id),
            (as_uuid(row["partner_id"]), row["domain"]) in taken,
            id in cancellable,
            id in ending,
        )
        for row in rows
        for id in [as_uuid(row["id"])]
    }


async def partner_states(fetch: Fetch) -> Mapping[UUID, PartnerState]:
    """The partners that are asked about, by id."""
    return await _of_partners(
        fetch,
        await fetch(models.Partner, f"{_PARTNER} WHERE t.id{{keys}} AND {{scope}} IS TRUE"),
    )


async def _partners_of(fetch: Fetch, clients: Sequence[Row]) -> Mapping[UUID, PartnerState]:
    ids = list({row["partner_id"] for row in clients})
    sql = f"{_PARTNER} WHERE {{among}} AND {{scope}} IS TRUE"
    return await _of_partners(fetch, await _by_ids(fetch, models.Partner, sql, "t.id", ids))


async def _of_partners(fetch: Fetch, rows: Sequence[Row]) -> Mapping[UUID, PartnerState]:
    slots = await _by_ids(
        fetch,
        models.SlotEntry,
        "SELECT t.partner_id, CAST(SUM(t.quantity) AS INTEGER) AS quantity FROM slot_entry t"
        " WHERE {among} AND {scope} IS TRUE GROUP BY t.partner_id",
        "t.partner_id",
        [row["id"] for row in rows],
    )
    left = {as_uuid(row["partner_id"]): row["quantity"] for row in slots}
    plans = await fetch(
        models.Plan,
        "SELECT t.code, t.takes_slot, t.starts_subscription FROM plan t WHERE {scope}"
        " ORDER BY t.rank",
    )
    terms = [
        PlanTerms(PlanCode(p["code"]), bool(p["takes_slot"]), bool(p["starts_subscription"]))
        for p in plans
    ]
    priced = await _priced(fetch, {row["currency_code"] for row in rows})
    return {
        id: PartnerState(
            PartnerStatus(row["status"]),
            row["currency_code"],
            left.get(id, 0),
            terms,
            priced.get(row["currency_code"], frozenset()),
        )
        for row in rows
        for id in [as_uuid(row["id"])]
    }


async def _roles(fetch: Fetch, wanted: Wanted) -> Mapping[UUID, AssignmentRole]:
    """The actor's own role in each client, for an advisor."""
    if wanted.actor.role is not Role.ADVISOR:
        return {}
    rows = await fetch(
        models.AdvisorAssignment,
        "SELECT t.client_id, t.role FROM advisor_assignment t"
        " WHERE t.client_id{keys} AND {scope} IS TRUE"
        " AND t.advisor_id = :advisor AND t.ended_at IS NULL",
    )
    return {as_uuid(row["client_id"]): AssignmentRole(row["role"]) for row in rows}


async def _taken(fetch: Fetch, archived: Sequence[Row]) -> set[tuple[UUID, str]]:
    """The domains of archived clients that a live client of their partner has."""
    rows = await _by_ids(
        fetch,
        models.Client,
        "SELECT t.partner_id, t.domain FROM client t WHERE {among} AND {scope} IS TRUE"
        " AND t.status <> 'ARCHIVED'",
        "t.domain",
        [row["domain"] for row in archived],
    )
    return {(as_uuid(row["partner_id"]), row["domain"]) for row in rows}


async def _priced(fetch: Fetch, currencies: set[str]) -> Mapping[str, Priced]:
    """By currency, the plan and company size of each monthly price in force."""
    books = await _by_ids(
        fetch,
        models.PriceBook,
        "SELECT t.id, t.currency_code FROM price_book t WHERE {among} AND {scope} IS TRUE"
        " AND t.effective_from <= :now ORDER BY t.effective_from",
        "t.currency_code",
        list(currencies),
    )
    in_force = {row["currency_code"]: as_uuid(row["id"]) for row in books}
    prices = await _by_ids(
        fetch,
        models.Price,
        "SELECT t.price_book_id, t.plan_id, t.bracket_id FROM price t"
        " WHERE {among} AND {scope} IS TRUE AND t.interval = 'MONTH'",
        "t.price_book_id",
        list(in_force.values()),
    )
    return {
        currency: frozenset(
            (PlanCode(row["plan_id"]), row["bracket_id"])
            for row in prices
            if as_uuid(row["price_book_id"]) == book
        )
        for currency, book in in_force.items()
    }


async def _by_ids(
    fetch: Fetch,
    model: type[Record],
    sql: str,
    expression: str,
    values: Sequence[Any],
) -> Sequence[Row]:
    """The rows for which an expression is among the values: `{among}` in the SQL says where."""
    among = in_list(expression, "among", fetch.dialect)
    return await fetch(model, sql.replace("{among}", among), {"among": list(values)})
