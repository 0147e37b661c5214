"""Who is asking: the viewer and what they may do."""

from typing import Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.identity import Role, Scope
from schema.clients import Client
from schema.enums import described
from schema.node import exists
from schema.partners import Advisor, Partner
from schema.planned import selection_of
from schema.vendor import Person

described(
    Scope,
    "The scope of an APP key.",
    PARTNERS_READ="Read partners and advisors.",
    PARTNERS_WRITE="Create partners, invite advisors.",
    CLIENTS_READ="Read clients and their users.",
    CLIENTS_WRITE="Create, upgrade and archive clients, add users, assign advisors.",
    CONTENT_READ="Read content libraries and templates.",
    CONTENT_WRITE="Make and publish content, make templates.",
    PROGRAMS_READ="Read tier programs and standings.",
    BILLING_READ="Read invoices, income and reports.",
    BILLING_WRITE="Buy slots and set addresses; bill, record payments and pay out (vendor only).",
    PROGRAMS_WRITE="Import programs, set tiers, record facts, move a demo's time (vendor only).",
    EVENTS_READ="Read and subscribe to events, read webhooks.",
    EVENTS_WRITE="Make and change webhook endpoints.",
    AUDIT_READ="Read the audit trail (vendor only).",
)
described(
    Action,
    "Something that needs a permission.",
    READ_PARTNERS="Read partners and advisors.",
    READ_CLIENTS="Read clients and their users.",
    READ_CONTENT="Read content libraries.",
    READ_TEMPLATES="Read client templates.",
    READ_PROGRAMS="Read standings and decisions.",
    READ_EVENTS="Read and subscribe to events.",
    READ_SIMULATIONS="Simulate the evaluation of a partner with other facts.",
    READ_COMPLIANCE="Read compliance reports and previews over all partners.",
    CREATE_PARTNER="Create a partner.",
    RESUME_PARTNER="Make a suspended partner active again.",
    INVITE_ADVISOR="Invite a user to the partner team.",
    CREATE_CLIENT="Create a client.",
    UPGRADE_CLIENT="Upgrade a client.",
    ARCHIVE_CLIENT="Archive a client.",
    ADD_CLIENT_USER="Add a user to a client team.",
    ASSIGN_ADVISOR="Assign and unassign advisors.",
    CREATE_CONTENT="Make content items.",
    PUBLISH_CONTENT="Publish content versions.",
    ADOPT_CONTENT="Adopt open content.",
    EDIT_TEMPLATES="Make and change client templates.",
    EDIT_PROGRAMS="Import, check and publish tier programs.",
    SET_PARTNER_TIER="Set a partner's tier.",
    PIN_PARTNER_TIER="Pin a partner to a tier, and unpin it.",
    DECIDE_TIER_CHANGE="Approve or reject tiers that partners qualify for.",
    EVALUATE_PARTNERS="Have partners evaluated.",
    RECORD_ACTIVITY="Record facts about partners, and reverse them.",
    SET_EXCHANGE_RATE="Set exchange rates.",
    READ_BILLING="Read invoices, payments and a partner's income.",
    READ_AUDIT="Read the audit trail.",
    READ_REPORTS="Read reports on revenue and receivables of all partners.",
    EDIT_GROUPS="Make groups of partners and choose their members.",
    REVOKE_ADVISOR="Revoke a user of the partner team.",
    SUSPEND_CLIENT="Suspend and resume clients.",
    RESIZE_CLIENT="Change the size of a client.",
    REVOKE_CLIENT_USER="Revoke a user of a client team.",
    CANCEL_SUBSCRIPTION="Cancel a client's subscription, or resume it before it ends.",
    PUSH_CONTENT="Push a version to the templates and clients that use its item.",
    SELL_CONTENT="Sell the partner's content to its clients.",
    ATTACH_FILE="Attach files to versions of content.",
    EDIT_CATALOGUE="Import plans, prices, bundles, policies and taxes.",
    SET_BILLING_MODEL="Change who pays for a partner's clients.",
    SET_BILLING_ADDRESS="Set the address and tax id that invoices go to.",
    BUY_SLOTS="Buy bundles of assessment slots.",
    INCLUDE_SLOTS="Give a partner slots at no charge.",
    EDIT_VENDOR="Change the vendor's name, website, address and tax id.",
    RUN_BILLING="Bill a period, issue invoices.",
    RECORD_PAYMENT="Record what was paid for an invoice.",
    CORRECT_INVOICE="Void invoices and issue credit notes.",
    APPROVE_INCOME="Approve what partners have earned.",
    PAY_OUT="Make statements of income and record their payout.",
    ACCEPT_INVITATION="Accept an invitation to a team, with the token of somebody new.",
    ADVANCE_CLOCK="Move the time of a demo server forward.",
    READ_WEBHOOKS="Read webhook endpoints and what was sent to them.",
    MANAGE_WEBHOOKS="Make, change, test and replay webhook endpoints.",
)


@strawberry.type(description="Whether something is allowed.")
class Decision:
    """An answer of the policy."""

    allowed: bool = strawberry.field(description="Whether it is.")
    reason: str | None = strawberry.field(description="Why not, for a person; null if it is.")


def _mine(attribute: str, description: str) -> Any:
    async def load(root: Any, info: strawberry.Info) -> Any:
        id = getattr(info.context.actor, attribute)
        return await info.context.reads.one(selection_of(info), id) if id else None

    return strawberry.field(resolver=load, description=description)


def _person(role_names: set[Role], description: str) -> Any:
    async def load(root: Any, info: strawberry.Info) -> Any:
        actor = info.context.actor
        if actor.role not in role_names:
            return None
        return await info.context.reads.one(selection_of(info), actor.user_id)

    return strawberry.field(resolver=load, description=description)


@strawberry.type(description="Who is asking: the entry for a portal.")
class Viewer:
    """The actor, as it sees itself."""

    name: str = strawberry.field(description="The person's or the key's name.")
    role: Role = strawberry.field(description="The role of the viewer.")
    scopes: list[Scope] | None = strawberry.field(
        description="The scopes of an APP key; null for people, whom only their role limits."
    )
    partner: Partner | None = _mine("partner_id", "The viewer's partner; null for the vendor.")
    client: Client | None = _mine("client_id", "The viewer's client team; for client users only.")
    advisor: Advisor | None = _person(
        {Role.PARTNER_ADMIN, Role.ADVISOR}, "The viewer as a user of the partner team."
    )
    person: Person | None = _person(
        {Role.VENDOR_ADMIN, Role.VENDOR_ANALYST}, "The viewer as a person of the vendor."
    )

    @strawberry.field(description="Whether the viewer may do something, before trying.")
    async def can(
        self,
        info: strawberry.Info,
        action: Annotated[Action, strawberry.argument(description="The action.")],
        on: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The object of the action; one that you may not see is refused. Its "
                "state and owner are not checked."
            ),
        ] = None,
    ) -> Decision:
        """Look it up in the policy table, and whether the object is there to be seen."""
        found = info.context.can(action)
        if found.allowed and on is not None and not await exists(info, on):
            return Decision(allowed=False, reason="There is no such object.")
        return Decision(allowed=found.allowed, reason=found.reason)
