"""Partner teams and their advisors."""

from enum import StrEnum

import strawberry

from app.auth.policy import Action
from app.domain.partners import (
    AdvisorStatus,
    BillingModel,
    PartnerStatus,
    PaymentMethod,
    TeamRole,
)
from app.persistence import models
from app.reads.sources import Column, Filter, Order, Paging
from schema.activity import ACTIVITY, ActivityFilter, ActivityRecord
from schema.addresses import BillingAddress, billing_address_of
from schema.billing import ADMINS
from schema.clients import (
    ASSIGNMENTS,
    CLIENTS,
    AdvisorAssignment,
    AdvisorAssignmentFilter,
    Client,
    ClientFilter,
    ClientOrder,
)
from schema.connections import Connection, OrderDirection
from schema.content import CONTENT_PUSHES, CONTENT_SALES, ContentLibrary, like
from schema.content_delivery import ContentPush, ContentSale
from schema.enums import described
from schema.evaluations import EVALUATIONS, Evaluation
from schema.events import EVENTS, Event, EventFilter
from schema.fields import column, computed, derived, many, one, page, reads
from schema.groups import PartnerGroup
from schema.held_benefits import OF_ANY_PROGRAM, HeldBenefit, held_benefits
from schema.income import (
    ACCRUALS,
    STATEMENTS,
    Accrual,
    AccrualFilter,
    Statement,
    StatementFilter,
)
from schema.invitations import INVITATIONS, Invitation, InvitationFilter
from schema.invoices import INVOICES, Invoice, InvoiceFilter, InvoiceOrder
from schema.node import Node
from schema.progress import HORIZON, OF_A_PROGRAM, TierProgress, tier_progress
from schema.scalars import CurrencyCode, DateTime, DecimalText, EmailAddress
from schema.slots import (
    NO_SLOTS,
    SLOT_ENTRIES,
    SLOT_PURCHASES,
    BundlePurchase,
    SlotBalance,
    SlotEntry,
    slot_balances,
)
from schema.standings import (
    DECIDED_BY,
    OF_PROGRAM,
    TIER_DECISIONS,
    Standing,
    StandingAsOf,
    TierDecision,
)
from schema.templates import (
    CLIENT_TEMPLATES,
    ClientTemplate,
    ClientTemplateFilter,
    ClientTemplateOrder,
)
from schema.vendor import Person
from schema.viewer_can import PartnerViewerCan, partner_viewer_can
from schema.vocabulary import PartnerType
from schema.webhooks import WEBHOOK_ENDPOINTS, WebhookEndpoint, WebhookEndpointFilter

described(
    PartnerStatus,
    "The state of a partner.",
    APPLIED="Has applied; not decided yet.",
    ACTIVE="Participates in the program.",
    SUSPENDED="Paused by the vendor.",
    CLOSED="Has left the program.",
    REJECTED="Its application was turned down.",
)
described(
    BillingModel,
    "Who pays for a partner's clients.",
    RESELLER="The partner, by one consolidated invoice.",
    NON_RESELLER="Each client pays for itself.",
)
described(
    PaymentMethod,
    "How a partner pays.",
    CARD="By card.",
    BANK_TRANSFER="By bank transfer.",
)
described(
    TeamRole,
    "What a user of the partner team may do for the team.",
    PARTNER_ADMIN="Administer the team and all its clients.",
    ADVISOR="Work in the clients assigned.",
)
described(
    AdvisorStatus,
    "The state of an advisor.",
    INVITED="Invited, not active yet.",
    ACTIVE="At work.",
    REVOKED="Locked out.",
)


class AdvisorOrderField(StrEnum):
    """What advisors can be ordered by."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


described(
    AdvisorOrderField,
    "Orderings of advisors.",
    NAME="The name, without regard to case and accents.",
    CREATED_AT="When the advisor was added.",
)


@strawberry.input(description="An ordering of advisors.")
class AdvisorOrder:
    """An ordering of advisors."""

    field: AdvisorOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on advisors; all that are set must match.")
class AdvisorFilter:
    """Conditions on advisors."""

    search: str | None = strawberry.field(
        default=None, description="Part of the name, without regard to case and accents."
    )
    status: list[AdvisorStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    role: list[TeamRole] | None = strawberry.field(
        default=None, description="With one of these roles."
    )


ADVISORS = Paging(
    orders={"NAME": Order("t.name_key", "text"), "CREATED_AT": Order("t.created_at", "time")},
    default="NAME",
    filters={
        "search": Filter("t.name_key LIKE {v} ESCAPE '!'", convert=like),
        "status": Filter("t.status", many=True),
        "role": Filter("t.role", many=True),
    },
)


class PartnerOrderField(StrEnum):
    """What partners can be ordered by."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


described(
    PartnerOrderField,
    "Orderings of partners. To list them by tier, see `TierProgram.standings`.",
    NAME="The name, without regard to case and accents.",
    CREATED_AT="When the partner was created.",
)


@strawberry.input(description="An ordering of partners.")
class PartnerOrder:
    """An ordering of partners."""

    field: PartnerOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on partners; all that are set must match.")
class PartnerFilter:
    """Conditions on partners."""

    search: str | None = strawberry.field(
        default=None, description="Part of the name, without regard to case and accents."
    )
    type: list[PartnerType] | None = strawberry.field(
        default=None, description="Of one of these types."
    )
    status: list[PartnerStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    tier: list[str] | None = strawberry.field(
        default=None, description="In a tier with one of these keys, in any program."
    )
    created_after: DateTime | None = strawberry.field(
        default=None, description="Created at this moment or later."
    )
    created_before: DateTime | None = strawberry.field(
        default=None, description="Created before this moment."
    )


PARTNERS = Paging(
    orders={"NAME": Order("t.name_key", "text"), "CREATED_AT": Order("t.created_at", "time")},
    default="NAME",
    filters={
        "search": Filter("t.name_key LIKE {v} ESCAPE '!'", convert=like),
        "type": Filter("t.type", many=True),
        "status": Filter("t.status", many=True),
        "tier": Filter(
            "r.key",
            many=True,
            inside="t.id IN (SELECT t.partner_id FROM standing t"
            " JOIN tier r ON r.id = t.tier_id WHERE {scope} AND {among})",
            over=models.Standing,
            permission=Action.READ_PROGRAMS,
        ),
        "created_after": Filter("t.created_at >= {v}"),
        "created_before": Filter("t.created_at < {v}"),
    },
)


@strawberry.type(description="A user of the partner team; works inside clients by assignment.")
@reads(models.Advisor, Action.READ_PARTNERS)
class Advisor(Node):
    """A user of the partner team."""

    name: str = column("Full name.")
    email: EmailAddress = column("Where invitations go; unique in the team.")
    role: TeamRole = column("What they may do for the team.")
    status: AdvisorStatus = column("Their state.")
    active_from: DateTime | None = column("When they became active; null before.")
    active_to: DateTime | None = column("When they were locked out; null before.")
    created_at: DateTime = column("When they were added.")
    invitation: Invitation | None = many(
        "Their newest invitation; null if they had none.",
        key="t.advisor_id",
        order="t.created_at DESC, t.id DESC",
    )
    assignments: Connection[AdvisorAssignment] = page(
        "The clients they work or worked in, first assigned first.",
        key="t.advisor_id",
        paging=ASSIGNMENTS,
        where=AdvisorAssignmentFilter,
    )


@strawberry.type(description="A partner team: the parent of its client teams.")
@reads(models.Partner, Action.READ_PARTNERS)
class Partner(Node):
    """A partner team."""

    name: str = column("Its name.")
    slug: str = column("Its name in addresses; unique.")
    type: PartnerType = column("The type of business.")
    status: PartnerStatus = column("Its state.")
    domain: str | None = column("Its website domain; null if not given.")
    currency_code: CurrencyCode = column("The currency it is charged and paid in.")
    billing_model: BillingModel = column("Who pays for its clients.")
    payment_method: PaymentMethod | None = column(
        "How it pays. For the vendor and the partner's admins; null for anyone else.", only=ADMINS
    )
    referral_rate: DecimalText | None = column(
        'An agreed share of client charges, such as `"0.25"`, that overrides its tier\'s; null if '
        "none. For the vendor and the partner's admins; null for anyone else.",
        only=ADMINS,
    )
    created_at: DateTime = column("When it was created.")
    channel_account_manager: Person | None = one(
        "Its person at the vendor. For the vendor and the partner team; null for anyone else.",
        "t.manager_id",
    )
    advisors: Connection[Advisor] = page(
        "The users of its team.",
        key="t.partner_id",
        paging=ADVISORS,
        where=AdvisorFilter,
        order_by=AdvisorOrder,
    )
    invitations: Connection[Invitation] = page(
        "Invitations to its team and to those of its clients, newest first. Empty for client "
        "users.",
        key="t.partner_id",
        paging=INVITATIONS,
        where=InvitationFilter,
    )
    clients: Connection[Client] = page(
        "Its client teams that you may see.",
        key="t.partner_id",
        paging=CLIENTS,
        where=ClientFilter,
        order_by=ClientOrder,
    )
    templates: Connection[ClientTemplate] = page(
        "Its client templates.",
        key="t.partner_id",
        paging=CLIENT_TEMPLATES,
        where=ClientTemplateFilter,
        order_by=ClientTemplateOrder,
    )
    library: ContentLibrary | None = many(
        "Its exclusive library; null before it has one.", key="t.partner_id", order="t.created_at"
    )
    groups: list[PartnerGroup] = many(
        "The groups it is in, by key. Empty for client users.",
        key="gm.partner_id",
        join="JOIN partner_group_member gm ON gm.group_id = t.id",
        order="t.key",
    )
    content_pushes: Connection[ContentPush] = page(
        "The versions that it pushed to its templates and clients, newest first. Empty for client "
        "users.",
        key="t.partner_id",
        paging=CONTENT_PUSHES,
    )
    content_sales: Connection[ContentSale] = page(
        "Its sales to clients, newest first. Empty for client users.",
        key="t.partner_id",
        paging=CONTENT_SALES,
    )
    slots: SlotBalance = computed(
        "Its assessment slots. Zeros for client users.", slot_balances, missing=NO_SLOTS
    )
    slot_entries: Connection[SlotEntry] = page(
        "The ledger behind `slots`, newest first. Empty for client users.",
        key="t.partner_id",
        paging=SLOT_ENTRIES,
    )
    slot_purchases: Connection[BundlePurchase] = page(
        "The slots that it bought, or that are included in its agreement, newest first. Empty "
        "for client users.",
        key="t.partner_id",
        paging=SLOT_PURCHASES,
    )
    billing_address: BillingAddress | None = derived(
        "Where its invoices go; null if it was not set. For the vendor and the partner's admins; "
        "null for anyone else.",
        billing_address_of,
        Column("t.billing_address", "json"),
        only=ADMINS,
    )
    tax_id: str | None = column(
        "Its number at a tax office; null if not given. For the vendor and the partner's admins; "
        "null for anyone else.",
        only=ADMINS,
    )
    standing: Standing | None = many(
        "Where it is in a program; null if it is in none. Null for client users.",
        key="t.partner_id",
        order="t.program_id",
        arguments=OF_PROGRAM,
    )
    standings: list[Standing] = many(
        "Where it is in each of its programs.", key="t.partner_id", order="t.program_id"
    )
    tier_progress: TierProgress | None = computed(
        "How far it is on the way to its next tier in a program; null if it is in none, or if the "
        "program is not in force. Null for client users.",
        tier_progress,
        arguments={"program": OF_A_PROGRAM, "horizon_days": HORIZON},
        permission=Action.READ_PROGRAMS,
    )
    benefits: list[HeldBenefit] = computed(
        "The benefits of its tiers now, in the program's order, and whether each is held. Empty "
        "for client users.",
        held_benefits,
        missing=[],
        arguments={"program": OF_ANY_PROGRAM},
        permission=Action.READ_PROGRAMS,
    )
    standing_as_of: StandingAsOf | None = many(
        "Where it was in a program at a moment, by the decisions up to then; null if there was "
        "none. Null for client users.",
        key="t.partner_id",
        order="t.partner_id, t.program_id",
        arguments={"at": (DateTime, "The moment.", Filter(DECIDED_BY)), **OF_PROGRAM},
        required=("at", "program"),
    )
    tier_history: Connection[TierDecision] = page(
        "All decisions on its tier, newest first.",
        key="t.partner_id",
        paging=TIER_DECISIONS,
    )
    evaluations: Connection[Evaluation] = page(
        "Its stored evaluations, which had an effect or were made manually, newest first.",
        key="t.partner_id",
        paging=EVALUATIONS,
    )
    activity: Connection[ActivityRecord] = page(
        "The facts that its tiers follow from, latest effective first. Empty for client users.",
        key="t.partner_id",
        paging=ACTIVITY,
        where=ActivityFilter,
    )
    accruals: Connection[Accrual] = page(
        "Its income, newest first. For the vendor and its admins; empty for anyone else.",
        key="t.partner_id",
        paging=ACCRUALS,
        where=AccrualFilter,
    )
    statements: Connection[Statement] = page(
        "The statements of its income, newest first. For the vendor and its admins; empty for "
        "anyone else.",
        key="t.partner_id",
        paging=STATEMENTS,
        where=StatementFilter,
    )
    invoices: Connection[Invoice] = page(
        "Its invoices and those of its clients, with their credit notes, newest first. Empty for "
        "advisors; for client users, their own client's.",
        key="t.partner_id",
        paging=INVOICES,
        where=InvoiceFilter,
        order_by=InvoiceOrder,
    )
    webhook_endpoints: Connection[WebhookEndpoint] = page(
        "The addresses that its events are sent to, newest first. For the vendor and its admins; "
        "empty for anyone else.",
        key="t.partner_id",
        paging=WEBHOOK_ENDPOINTS,
        where=WebhookEndpointFilter,
    )
    viewer_can: PartnerViewerCan = computed(
        "What the viewer may do with it now, by permissions and state.", partner_viewer_can
    )
    events: Connection[Event] = page(
        "Its events, newest first.",
        key="t.partner_id",
        paging=EVENTS,
        where=EventFilter,
        condition="t.sequence IS NOT NULL",
    )
