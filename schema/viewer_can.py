"""`viewerCan`: what the viewer may do with a client or a partner now, by permission and state."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import strawberry

from app.auth.actor import Actor
from app.auth.policy import Action, decide
from app.domain import client_actions as deeds
from app.domain.client_actions import ClientState, PartnerState, PlanTerms
from app.domain.errors import ErrorCode, Problem
from app.domain.partners import PartnerStatus, status_problem
from app.domain.plans import PlanCode
from app.reads.sources import Fetch, Wanted
from schema.states import client_states, partner_states


@strawberry.type(description="Whether the viewer may do something now and, if not, why.")
class Permit:
    """An answer."""

    allowed: bool = strawberry.field(
        description="Whether it would succeed. Its other inputs may still be refused."
    )
    reason: str | None = strawberry.field(
        description="Why not and what helps, for a person; null if it is allowed."
    )
    code: ErrorCode | None = strawberry.field(
        description="Why not, for a program, as the mutation would say; null if it is allowed, and "
        "if the viewer's role or scopes do not allow it at all."
    )


@strawberry.type(description="Whether the viewer may choose a plan now and, if not, why.")
class PlanPermit(Permit):
    """An answer for one plan."""

    plan_code: PlanCode = strawberry.field(description="The plan.")


def _permit(mutation: str) -> Any:
    return strawberry.field(description=f"`{mutation}`.")


@strawberry.type(description="What the viewer may do with a client now.")
class ClientViewerCan:
    """Answers for one client."""

    upgrade: Permit = strawberry.field(
        description="`upgradeClient`, to at least one higher plan, charged monthly."
    )
    upgrade_to: list[PlanPermit] = strawberry.field(
        description="`upgradeClient` to each higher plan, charged monthly; empty on the highest."
    )
    change_size: Permit = _permit("changeClientSize")
    cancel_subscription: Permit = _permit("cancelSubscription")
    resume_subscription: Permit = _permit("resumeSubscription")
    suspend: Permit = _permit("suspendClient")
    resume: Permit = _permit("resumeClient")
    archive: Permit = _permit("archiveClient")
    restore: Permit = _permit("restoreClient")
    add_user: Permit = _permit("addClientUser")
    assign_advisor: Permit = _permit("assignAdvisor")
    sell_content: Permit = _permit("sellContent")


@strawberry.type(description="What the viewer may do with a partner now.")
class PartnerViewerCan:
    """Answers for one partner."""

    create_client: Permit = strawberry.field(
        description="`createClient` and `importClients`, on at least one plan."
    )
    create_client_on: list[PlanPermit] = strawberry.field(
        description="`createClient` on each plan, charged monthly, for at least one company size."
    )
    invite_advisor: Permit = _permit("inviteAdvisor")
    buy_slots: Permit = _permit("buySlotBundle")
    resume: Permit = _permit("resumePartner")


_OF_CLIENT: Mapping[str, tuple[Action, Callable[[ClientState], Problem | None]]] = {
    "upgrade": (Action.UPGRADE_CLIENT, deeds.upgrade_to_any_problem),
    "changeSize": (Action.RESIZE_CLIENT, deeds.resize_problem),
    "cancelSubscription": (Action.CANCEL_SUBSCRIPTION, deeds.cancel_problem),
    "resumeSubscription": (Action.CANCEL_SUBSCRIPTION, deeds.resume_subscription_problem),
    "suspend": (Action.SUSPEND_CLIENT, deeds.suspend_problem),
    "resume": (Action.SUSPEND_CLIENT, deeds.resume_problem),
    "archive": (Action.ARCHIVE_CLIENT, deeds.archive_problem),
    "restore": (Action.ARCHIVE_CLIENT, deeds.restore_problem),
    "addUser": (Action.ADD_CLIENT_USER, deeds.work_problem),
    "assignAdvisor": (Action.ASSIGN_ADVISOR, deeds.work_problem),
    "sellContent": (Action.SELL_CONTENT, deeds.work_problem),
}


def _business_problem(state: PartnerState) -> Problem | None:
    return status_problem(state.status)


def _resume_problem(state: PartnerState) -> Problem | None:
    if state.status is PartnerStatus.SUSPENDED:
        return None
    message = f"The partner is {state.status}, not suspended. There is nothing to do."
    return Problem(ErrorCode.ALREADY_DONE, message)


_OF_PARTNER: Mapping[str, tuple[Action, Callable[[PartnerState], Problem | None]]] = {
    "createClient": (Action.CREATE_CLIENT, _business_problem),
    "inviteAdvisor": (Action.INVITE_ADVISOR, _business_problem),
    "buySlots": (Action.BUY_SLOTS, _business_problem),
    "resume": (Action.RESUME_PARTNER, _resume_problem),
}


async def client_viewer_can(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """What the actor may do with each client, by its id."""
    states = await client_states(fetch, wanted)
    return {str(id): _client(wanted.actor, state) for id, state in states.items()}


async def partner_viewer_can(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """What the actor may do with each partner, by its id."""
    states = await partner_states(fetch)
    return {str(id): _partner(wanted.actor, state) for id, state in states.items()}


def _client(actor: Actor, state: ClientState) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        name: _told(actor, action, problem(state)) for name, (action, problem) in _OF_CLIENT.items()
    }
    plans = deeds.upgrade_problems(state).items()
    return {**found, "upgradeTo": _by_plan(actor, Action.UPGRADE_CLIENT, plans)}


def _partner(actor: Actor, state: PartnerState) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        name: _told(actor, action, problem(state))
        for name, (action, problem) in _OF_PARTNER.items()
    }
    plans = [(plan.code, _creation_problem(state, plan)) for plan in state.plans]
    return {**found, "createClientOn": _by_plan(actor, Action.CREATE_CLIENT, plans)}


def _creation_problem(state: PartnerState, plan: PlanTerms) -> Problem | None:
    sizes = sorted(bracket for code, bracket in state.priced if code is plan.code)
    return status_problem(state.status) or deeds.plan_problem(
        state, plan, sizes[0] if sizes else "any size"
    )


def _by_plan(
    actor: Actor, action: Action, plans: Iterable[tuple[PlanCode, Problem | None]]
) -> list[Mapping[str, Any]]:
    return [{"planCode": code, **_told(actor, action, problem)} for code, problem in plans]


def _told(actor: Actor, action: Action, problem: Problem | None) -> Mapping[str, Any]:
    decision = decide(actor, action)
    if not decision.allowed:
        return {"allowed": False, "reason": decision.reason, "code": None}
    return {
        "allowed": problem is None,
        "reason": problem.message if problem else None,
        "code": problem.code if problem else None,
    }
