"""Where a push goes: the places that the actor names, or all that it may write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.auth.scope import visible_ids
from app.domain.client_lifecycle import role_problem, work_problem
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.content import PushOutcome
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.identity import Role
from app.domain.pushes import MAX_PLACES, Place, PlaceKind, outcome_of
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    ClientTemplate,
    ContentGrant,
    ContentItem,
    ContentVersion,
    TemplateItem,
)
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class PushTargets:
    """All places of a kind that use the item, or those with these ids."""

    all: bool = False
    ids: tuple[UUID, ...] = ()


class Places:
    """Finds places of one item and says what a push of one version does to each."""

    def __init__(
        self,
        caller: Caller,
        item: ContentItem,
        version: ContentVersion,
        numbers: Mapping[UUID, int],
    ) -> None:
        self._caller, self._item, self._version = caller, item, version
        self._numbers = numbers
        self.found: list[Place] = []

    async def add_adopted(self, targets: PushTargets) -> None:
        """The items of partners that refer to this one. Raises Refused for a partner without."""
        rows = ContentItem.filter(adopted_item_id=self._item.id)
        if not targets.all:
            rows = rows.filter(partner_id__in=_checked(targets.ids, "partners"))
        found = (
            await rows.order_by("partner_id")
            .limit(MAX_PLACES + 1)
            .values("id", "partner_id", "adopted_version_id", "locked", "partner__name")
        )
        adopters = {row["partner_id"] for row in found}
        message = "No partner with this id has adopted the item. Check the id."
        _refuse(
            Problem(ErrorCode.NOT_FOUND, message, ("partners", "ids", str(position)))
            for position, id in enumerate(targets.ids)
            if id not in adopters
        )
        for row in found:
            self._add(
                PlaceKind.ADOPTED_ITEM,
                (row["id"], row["id"], row["partner_id"], row["partner__name"]),
                row["adopted_version_id"],
                row["locked"],
            )

    async def add_templates(self, targets: PushTargets) -> None:
        """The partner's templates that hold the item. Raises Refused for one that does not."""
        rows = TemplateItem.filter(item_id=self._item.id)
        if not targets.all:
            rows = rows.filter(template_id__in=_checked(targets.ids, "templates"))
        found = (
            await rows.order_by("id")
            .limit(MAX_PLACES + 1)
            .values("id", "template_id", "partner_id", "version_id", "template__name")
        )
        await self._refuse_templates(targets.ids, {row["template_id"] for row in found})
        for row in found:
            self._add(
                PlaceKind.TEMPLATE,
                (row["template_id"], row["id"], row["partner_id"], row["template__name"]),
                row["version_id"],
            )

    async def _refuse_templates(self, ids: Sequence[UUID], holding: set[UUID]) -> None:
        without = [id for id in ids if id not in holding]
        seen = await visible_ids(self._caller.database, self._caller.actor, ClientTemplate, without)
        not_there = (ErrorCode.NOT_FOUND, "There is no such client template. Check the id.")
        not_held = (ErrorCode.INVALID, "This template does not hold the item. Leave it out.")
        _refuse(
            Problem(*(not_held if id in seen else not_there), ("templates", "ids", str(position)))
            for position, id in enumerate(ids)
            if id not in holding
        )

    async def add_clients(self, targets: PushTargets) -> None:
        """The ACTIVE clients that have the item, or the named ones whether they have it or not.

        Of an advisor's clients those in which the advisor is ADMIN. Raises Refused for a named one
        that may not be changed.
        """
        named = await self._named_clients(targets.ids)
        grants = ContentGrant.filter(item_id=self._item.id, client__status=ClientStatus.ACTIVE)
        if not targets.all:
            grants = grants.filter(client_id__in=list(named))
        elif (roles := await self._roles()) is not None:
            mine = [id for id, role in roles.items() if role_problem(role) is None]
            grants = grants.filter(client_id__in=mine)
        found = (
            await grants.order_by("client_id")
            .limit(MAX_PLACES + 1)
            .values("id", "client_id", "partner_id", "version_id", "locked", "client__name")
        )
        for row in found:
            named.pop(row["client_id"], None)
            self._add(
                PlaceKind.CLIENT,
                (row["client_id"], row["id"], row["partner_id"], row["client__name"]),
                row["version_id"],
                row["locked"],
            )
        for client in named.values():
            place = (client.id, None, client.partner_id, client.name)
            self.found.append(Place(PlaceKind.CLIENT, *place, PushOutcome.ADDED, None, None))

    async def _named_clients(self, ids: Sequence[UUID]) -> dict[UUID, Client]:
        """The clients with these ids, in this order. Raises Refused at each that cannot be."""
        if not ids:
            return {}
        _checked(ids, "clients")
        seen = await visible_ids(self._caller.database, self._caller.actor, Client, ids)
        clients = {client.id: client for client in await Client.filter(id__in=list(seen))}
        roles = await self._roles()
        _refuse(
            problem
            for position, id in enumerate(ids)
            if (problem := _client_problem(clients.get(id), roles, "clients", "ids", str(position)))
        )
        return {id: clients[id] for id in ids}

    async def _roles(self) -> dict[UUID, AssignmentRole] | None:
        """An advisor's role in each of its clients; None for whom no role limits."""
        actor = self._caller.actor
        if actor.role is not Role.ADVISOR:
            return None
        rows = await AdvisorAssignment.filter(advisor_id=actor.user_id, ended_at=None)
        return {row.client_id: AssignmentRole(row.role) for row in rows}

    def _add(
        self,
        kind: PlaceKind,
        place: tuple[UUID, UUID, UUID, str],
        has: UUID | None,
        locked: bool = False,
    ) -> None:
        outcome = outcome_of(self._version.id, has, locked)
        number = self._numbers.get(has) if has else None
        self.found.append(Place(kind, *place, outcome, has, number))


def _client_problem(
    client: Client | None, roles: Mapping[UUID, AssignmentRole] | None, *field: str
) -> Problem | None:
    if client is None:
        return Problem(ErrorCode.NOT_FOUND, "There is no such client. Check the id.", field)
    if roles is not None and (problem := role_problem(roles[client.id], *field)):
        return problem
    return work_problem(ClientStatus(client.status), *field)


def _checked(ids: Sequence[UUID], name: str) -> list[UUID]:
    """The ids, each once. Raises Refused for too many."""
    if len(ids) > MAX_PLACES:
        message = f"Name at most {MAX_PLACES:,} at once, not {len(ids):,}."
        raise Refused([Problem(ErrorCode.INVALID, message, (name, "ids"))])
    return list(dict.fromkeys(ids))


def _refuse(problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise Refused(found)
