"""The policy table: which role may do what, and which scope an APP needs for it.

Which rows an actor sees is not here but with each model (`app.persistence.tenancy`).
"""

from dataclasses import dataclass
from enum import StrEnum

from app.auth.actor import Actor
from app.domain.identity import Role, Scope


class Action(StrEnum):
    """Everything that needs a permission; one for each group of fields and each mutation."""

    READ_PARTNERS = "READ_PARTNERS"
    READ_CLIENTS = "READ_CLIENTS"
    READ_CONTENT = "READ_CONTENT"
    READ_TEMPLATES = "READ_TEMPLATES"
    READ_PROGRAMS = "READ_PROGRAMS"
    READ_EVENTS = "READ_EVENTS"
    READ_SIMULATIONS = "READ_SIMULATIONS"
    READ_COMPLIANCE = "READ_COMPLIANCE"
    CREATE_PARTNER = "CREATE_PARTNER"
    RESUME_PARTNER = "RESUME_PARTNER"
    INVITE_ADVISOR = "INVITE_ADVISOR"
    CREATE_CLIENT = "CREATE_CLIENT"
    UPGRADE_CLIENT = "UPGRADE_CLIENT"
    ARCHIVE_CLIENT = "ARCHIVE_CLIENT"
    ADD_CLIENT_USER = "ADD_CLIENT_USER"
    ASSIGN_ADVISOR = "ASSIGN_ADVISOR"
    CREATE_CONTENT = "CREATE_CONTENT"
    PUBLISH_CONTENT = "PUBLISH_CONTENT"
    ADOPT_CONTENT = "ADOPT_CONTENT"
    EDIT_TEMPLATES = "EDIT_TEMPLATES"
    EDIT_PROGRAMS = "EDIT_PROGRAMS"
    SET_PARTNER_TIER = "SET_PARTNER_TIER"
    PIN_PARTNER_TIER = "PIN_PARTNER_TIER"
    DECIDE_TIER_CHANGE = "DECIDE_TIER_CHANGE"
    EVALUATE_PARTNERS = "EVALUATE_PARTNERS"
    RECORD_ACTIVITY = "RECORD_ACTIVITY"
    SET_EXCHANGE_RATE = "SET_EXCHANGE_RATE"
    READ_BILLING = "READ_BILLING"
    READ_REPORTS = "READ_REPORTS"
    READ_AUDIT = "READ_AUDIT"
    EDIT_GROUPS = "EDIT_GROUPS"
    REVOKE_ADVISOR = "REVOKE_ADVISOR"
    SUSPEND_CLIENT = "SUSPEND_CLIENT"
    RESIZE_CLIENT = "RESIZE_CLIENT"
    REVOKE_CLIENT_USER = "REVOKE_CLIENT_USER"
    CANCEL_SUBSCRIPTION = "CANCEL_SUBSCRIPTION"
    PUSH_CONTENT = "PUSH_CONTENT"
    SELL_CONTENT = "SELL_CONTENT"
    ATTACH_FILE = "ATTACH_FILE"
    EDIT_CATALOGUE = "EDIT_CATALOGUE"
    SET_BILLING_MODEL = "SET_BILLING_MODEL"
    SET_BILLING_ADDRESS = "SET_BILLING_ADDRESS"
    BUY_SLOTS = "BUY_SLOTS"
    INCLUDE_SLOTS = "INCLUDE_SLOTS"
    EDIT_VENDOR = "EDIT_VENDOR"
    RUN_BILLING = "RUN_BILLING"
    RECORD_PAYMENT = "RECORD_PAYMENT"
    CORRECT_INVOICE = "CORRECT_INVOICE"
    APPROVE_INCOME = "APPROVE_INCOME"
    PAY_OUT = "PAY_OUT"
    ACCEPT_INVITATION = "ACCEPT_INVITATION"
    ADVANCE_CLOCK = "ADVANCE_CLOCK"
    READ_WEBHOOKS = "READ_WEBHOOKS"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may: these roles; and an APP with the scope, if the admin of its side may."""

    roles: frozenset[Role]
    scope: Scope


_VENDOR = {Role.VENDOR_ADMIN, Role.VENDOR_ANALYST}
_TEAM = {Role.PARTNER_ADMIN, Role.ADVISOR}
_EVERYBODY = frozenset(_VENDOR | _TEAM | {Role.CLIENT_USER})
_STAFF = frozenset(_VENDOR | _TEAM)
_WORKERS = frozenset({Role.VENDOR_ADMIN} | _TEAM)
_ADMINS = frozenset({Role.VENDOR_ADMIN, Role.PARTNER_ADMIN})
# Who sees amounts: advisors deliver, they do not pay. A client's user sees what its team pays.
_PAYERS = frozenset(_VENDOR | {Role.PARTNER_ADMIN, Role.CLIENT_USER})
_OPERATORS = frozenset({Role.VENDOR_ADMIN})

POLICY: dict[Action, Rule] = {
    Action.READ_PARTNERS: Rule(_EVERYBODY, Scope.PARTNERS_READ),
    Action.READ_CLIENTS: Rule(_EVERYBODY, Scope.CLIENTS_READ),
    Action.READ_CONTENT: Rule(_EVERYBODY, Scope.CONTENT_READ),
    Action.READ_TEMPLATES: Rule(_STAFF, Scope.CONTENT_READ),
    Action.READ_PROGRAMS: Rule(_EVERYBODY, Scope.PROGRAMS_READ),
    Action.READ_EVENTS: Rule(_EVERYBODY, Scope.EVENTS_READ),
    Action.READ_SIMULATIONS: Rule(_STAFF, Scope.PROGRAMS_READ),
    # What a program makes, or would make, of all partners beside each other.
    Action.READ_COMPLIANCE: Rule(frozenset(_VENDOR), Scope.PROGRAMS_READ),
    Action.CREATE_PARTNER: Rule(_OPERATORS, Scope.PARTNERS_WRITE),
    Action.RESUME_PARTNER: Rule(_OPERATORS, Scope.PARTNERS_WRITE),
    Action.INVITE_ADVISOR: Rule(_ADMINS, Scope.PARTNERS_WRITE),
    Action.CREATE_CLIENT: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.UPGRADE_CLIENT: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.ARCHIVE_CLIENT: Rule(_ADMINS, Scope.CLIENTS_WRITE),
    Action.ADD_CLIENT_USER: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.ASSIGN_ADVISOR: Rule(_ADMINS, Scope.CLIENTS_WRITE),
    Action.CREATE_CONTENT: Rule(_WORKERS, Scope.CONTENT_WRITE),
    Action.PUBLISH_CONTENT: Rule(_WORKERS, Scope.CONTENT_WRITE),
    Action.ADOPT_CONTENT: Rule(frozenset(_TEAM), Scope.CONTENT_WRITE),
    Action.EDIT_TEMPLATES: Rule(frozenset(_TEAM), Scope.CONTENT_WRITE),
    Action.EDIT_PROGRAMS: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.SET_PARTNER_TIER: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.PIN_PARTNER_TIER: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.DECIDE_TIER_CHANGE: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.EVALUATE_PARTNERS: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.RECORD_ACTIVITY: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.SET_EXCHANGE_RATE: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.READ_BILLING: Rule(_PAYERS, Scope.BILLING_READ),
    Action.READ_REPORTS: Rule(frozenset(_VENDOR), Scope.BILLING_READ),
    Action.READ_AUDIT: Rule(frozenset(_VENDOR), Scope.AUDIT_READ),
    Action.EDIT_GROUPS: Rule(_OPERATORS, Scope.PARTNERS_WRITE),
    Action.REVOKE_ADVISOR: Rule(_ADMINS, Scope.PARTNERS_WRITE),
    Action.SUSPEND_CLIENT: Rule(_ADMINS, Scope.CLIENTS_WRITE),
    Action.RESIZE_CLIENT: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.REVOKE_CLIENT_USER: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.CANCEL_SUBSCRIPTION: Rule(_WORKERS, Scope.CLIENTS_WRITE),
    Action.PUSH_CONTENT: Rule(_WORKERS, Scope.CONTENT_WRITE),
    Action.SELL_CONTENT: Rule(frozenset(_TEAM), Scope.CONTENT_WRITE),
    Action.ATTACH_FILE: Rule(_WORKERS, Scope.CONTENT_WRITE),
    Action.EDIT_CATALOGUE: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.SET_BILLING_MODEL: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.SET_BILLING_ADDRESS: Rule(_ADMINS, Scope.BILLING_WRITE),
    Action.BUY_SLOTS: Rule(_ADMINS, Scope.BILLING_WRITE),
    Action.INCLUDE_SLOTS: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.EDIT_VENDOR: Rule(_OPERATORS, Scope.PARTNERS_WRITE),
    Action.RUN_BILLING: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.RECORD_PAYMENT: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.CORRECT_INVOICE: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.APPROVE_INCOME: Rule(_OPERATORS, Scope.BILLING_WRITE),
    Action.PAY_OUT: Rule(_OPERATORS, Scope.BILLING_WRITE),
    # Newcomers; and whoever has just accepted one, who may not have got the answer.
    Action.ACCEPT_INVITATION: Rule(
        frozenset({Role.NEWCOMER, Role.CLIENT_USER} | _TEAM), Scope.PARTNERS_WRITE
    ),
    # What it is for is to see tiers and their deadlines act.
    Action.ADVANCE_CLOCK: Rule(_OPERATORS, Scope.PROGRAMS_WRITE),
    Action.READ_WEBHOOKS: Rule(frozenset(_VENDOR | {Role.PARTNER_ADMIN}), Scope.EVENTS_READ),
    Action.MANAGE_WEBHOOKS: Rule(_ADMINS, Scope.EVENTS_WRITE),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an actor may do something and, if not, why, in a sentence."""

    allowed: bool
    reason: str | None = None


def lacks(scopes: frozenset[Scope] | None, action: Action) -> Scope | None:
    """The scope that an APP lacks for an action; None if it has it, or is a person (no scopes).

    Whoever may write in an area may read there.
    """
    needed = POLICY[action].scope
    if scopes is None or needed in scopes:
        return None
    writes = Scope.__members__.get(needed.replace("_READ", "_WRITE"))
    return None if writes in scopes else needed


def decide(actor: Actor, action: Action) -> Decision:
    """Look an action up for an actor."""
    rule = POLICY[action]
    if actor.role is Role.PUBLIC:
        return Decision(False, "Sign in: send an API key or a token.")
    if actor.role is Role.APP:
        if (Role.VENDOR_ADMIN if actor.is_vendor else Role.PARTNER_ADMIN) not in rule.roles:
            side = "a partner" if actor.is_vendor else "the vendor"
            return Decision(False, f"Only {side} may do this.")
        if missing := lacks(actor.scopes or frozenset(), action):
            return Decision(False, f"The API key lacks the scope {missing}.")
        return Decision(True)
    if actor.role in rule.roles:
        return Decision(True)
    return Decision(False, f"The role {actor.role} may not do this.")
