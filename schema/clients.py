"""Client teams, their users and the advisors assigned to them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.auth.scope import VENDOR
from app.domain.clients import AssignmentRole, ClientStatus, ClientUserStatus, SizeSource
from app.domain.domains import DomainProblem
from app.domain.plans import PlanCode
from app.persistence import models
from app.reads.sources import Column, Filter, Order, Paging
from schema.addresses import BillingAddress, billing_address_of
from schema.billing import PAYERS, ClientSubscription, EmployeeBracket, Plan, Trial
from schema.connections import Connection, OrderDirection
from schema.content import CONTENT_GRANTS, CONTENT_SALES, ContentGrant, domain_filter, like
from schema.content_delivery import ContentSale
from schema.enums import described
from schema.events import EVENTS, Event, EventFilter
from schema.fields import column, computed, derived, many, one, page, reads
from schema.income import ACCRUALS, Accrual, AccrualFilter
from schema.invitations import Invitation
from schema.invoices import INVOICES, Invoice, InvoiceFilter, InvoiceOrder
from schema.node import Node, id_filter
from schema.scalars import DateTime, EmailAddress
from schema.templates import ClientTemplate
from schema.viewer_can import ClientViewerCan, client_viewer_can

if TYPE_CHECKING:
    from schema.partners import Advisor, Partner

described(
    ClientStatus,
    "The state of a client team.",
    PROVISIONING="Being set up.",
    ACTIVE="In use.",
    SUSPENDED="Paused.",
    ARCHIVED="Closed; its website domain is free again.",
)
described(
    DomainProblem,
    "Why the domain of a client is not in normal form.",
    DUPLICATE="Another live client of the partner has the same domain, spelled differently.",
    INVALID="It is not a website's domain, such as an IP address.",
)
described(
    SizeSource,
    "The source of a client's size.",
    COUNTED="From the number of employees given.",
    DECLARED="A bracket that the client declared.",
)
described(
    AssignmentRole,
    "What an advisor may do inside a client team. It does not limit the partner's admins.",
    ADMIN="Everything that advisors may.",
    CONTRIBUTOR="Work in it, but not administer it: not upgrade it, nor add users.",
    VIEWER="Read only.",
)
described(
    ClientUserStatus,
    "The state of a client user.",
    INVITED="Invited, not signed in yet.",
    ACTIVE="In use.",
    REVOKED="Locked out.",
)


@strawberry.type(description="An advisor working inside a client, from a moment until another.")
@reads(models.AdvisorAssignment, Action.READ_CLIENTS)
class AdvisorAssignment(Node):
    """An assignment."""

    role: AssignmentRole = column("What the advisor may do there.")
    assigned_at: DateTime = column("From when.")
    ended_at: DateTime | None = column("Until when; null while it lasts.")
    advisor: Annotated["Advisor", strawberry.lazy("schema.partners")] = one(
        "The advisor.", "t.advisor_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] = one(
        "The client team.", "t.client_id"
    )


@strawberry.input(description="Conditions on assignments; all that are set must match.")
class AdvisorAssignmentFilter:
    """Conditions on assignments."""

    current: bool | None = strawberry.field(
        default=None, description="Only those that last (true) or have ended (false)."
    )


ASSIGNMENTS = Paging(
    orders={"ASSIGNED_AT": Order("t.assigned_at", "time")},
    default="ASSIGNED_AT",
    filters={"current": Filter("(t.ended_at IS NULL) = {v}")},
)


@strawberry.type(description="A user of one client team.")
@reads(models.ClientUser, Action.READ_CLIENTS)
class ClientUser(Node):
    """A user of a client team."""

    name: str = column("Full name.")
    email: EmailAddress = column("Where invitations go; unique in the team.")
    status: ClientUserStatus = column("Their state.")
    created_at: DateTime = column("When they were added.")
    invitation: Invitation | None = many(
        "Their newest invitation; null if they had none. Null for client users.",
        key="t.client_user_id",
        order="t.created_at DESC, t.id DESC",
    )


CLIENT_USERS = Paging(orders={"NAME": Order("t.name_key", "text")}, default="NAME")


class ClientOrderField(StrEnum):
    """What clients can be ordered by."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


described(
    ClientOrderField,
    "Orderings of clients.",
    NAME="The name, without regard to case and accents.",
    CREATED_AT="When the client was created.",
)


@strawberry.input(description="An ordering of clients.")
class ClientOrder:
    """An ordering of clients."""

    field: ClientOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on clients; all that are set must match.")
class ClientFilter:
    """Conditions on clients."""

    search: str | None = strawberry.field(
        default=None, description="Part of the name, without regard to case and accents."
    )
    domain: str | None = strawberry.field(
        default=None,
        description="This website domain, such as `example.com`, in any spelling or as a URL.",
    )
    status: list[ClientStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    plan: list[PlanCode] | None = strawberry.field(
        default=None, description="On one of these plans."
    )
    bracket: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these company sizes, by code such as `11-50`."
    )
    template_id: strawberry.ID | None = strawberry.field(
        default=None, description="Created from this template."
    )
    advisor_id: strawberry.ID | None = strawberry.field(
        default=None, description="This advisor works in it now."
    )
    created_after: DateTime | None = strawberry.field(
        default=None, description="Created at this moment or later."
    )
    created_before: DateTime | None = strawberry.field(
        default=None, description="Created before this moment."
    )


CLIENTS = Paging(
    orders={"NAME": Order("t.name_key", "text"), "CREATED_AT": Order("t.created_at", "time")},
    default="NAME",
    filters={
        "search": Filter("t.name_key LIKE {v} ESCAPE '!'", convert=like),
        "domain": Filter("t.domain = {v}", convert=domain_filter),
        "status": Filter("t.status", many=True),
        "plan": Filter("t.plan_id", many=True),
        "bracket": Filter("t.bracket_id", many=True),
        "template_id": Filter("t.template_id = {v}", convert=id_filter("ClientTemplate")),
        "advisor_id": Filter(
            "t.id IN (SELECT t.client_id FROM advisor_assignment t"
            " WHERE {scope} AND t.advisor_id = {v} AND t.ended_at IS NULL)",
            over=models.AdvisorAssignment,
            convert=id_filter("Advisor"),
        ),
        "created_after": Filter("t.created_at >= {v}"),
        "created_before": Filter("t.created_at < {v}"),
    },
)


@strawberry.type(description="A client team of one partner, isolated from all others.")
@reads(models.Client, Action.READ_CLIENTS)
class Client(Node):
    """A client team."""

    name: str = column("Its name.")
    domain: str = column("Its website domain in normal form: lower case, no `www.`.")
    employee_count: int | None = column("Employees; null when only a bracket was declared.")
    size_source: SizeSource = column("The source of its size.")
    status: ClientStatus = column("Its state.")
    created_at: DateTime = column("When it was created.")
    archived_at: DateTime | None = column("When it was archived; null while it is live.")
    domain_shared: bool | None = column(
        "Whether another partner has a client with this domain too. For the vendor; null for "
        "anyone else.",
        only=VENDOR,
    )
    domain_problem: DomainProblem | None = column(
        "Why the domain of a client that was created by an earlier release is not in normal form; "
        "null for all others."
    )
    bracket: EmployeeBracket = one("Its company size.", "t.bracket_id", "t.code")
    plan: Plan = one("Its plan.", "t.plan_id", "t.code")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner team it belongs to.", "t.partner_id"
    )
    template: ClientTemplate | None = one(
        "The template it was created from; null if from none.", "t.template_id"
    )
    billing_address: BillingAddress | None = derived(
        "Where its invoices go if it pays itself; null if it was not set. Null for advisors.",
        billing_address_of,
        Column("t.billing_address", "json"),
        only=PAYERS,
    )
    tax_id: str | None = column(
        "Its number at a tax office; null if not given. Null for advisors.", only=PAYERS
    )
    subscription: ClientSubscription | None = many(
        "Its newest subscription; null if it never had one.",
        key="t.client_id",
        order="t.started_at DESC, t.id DESC",
    )
    trial: Trial | None = many(
        "Its trial; null if it had none.", key="t.client_id", order="t.started_at"
    )
    advisors: Connection[AdvisorAssignment] = page(
        "The advisors who work or worked in it, first assigned first.",
        key="t.client_id",
        paging=ASSIGNMENTS,
        where=AdvisorAssignmentFilter,
    )
    users: Connection[ClientUser] = page(
        "Its users, by name.", key="t.client_id", paging=CLIENT_USERS
    )
    invoices: Connection[Invoice] = page(
        "The invoices that it pays itself, with their credit notes, newest first. Empty for "
        "advisors.",
        key="t.client_id",
        paging=INVOICES,
        where=InvoiceFilter,
        order_by=InvoiceOrder,
    )
    accruals: Connection[Accrual] = page(
        "Its partner's income from it, newest first. For the vendor and the partner's admins; "
        "empty for anyone else.",
        key="t.client_id",
        paging=ACCRUALS,
        where=AccrualFilter,
    )
    viewer_can: ClientViewerCan = computed(
        "What the viewer may do with it now, by permissions and state.", client_viewer_can
    )
    timeline: Connection[Event] = page(
        "Its events, newest first.",
        key="t.client_id",
        paging=EVENTS,
        where=EventFilter,
        condition="t.sequence IS NOT NULL",
    )
    content: Connection[ContentGrant] = page(
        "The content it has, newest first.", key="t.client_id", paging=CONTENT_GRANTS
    )
    sales: Connection[ContentSale] = page(
        "The content that its partner sold to it, newest first. Empty for client users.",
        key="t.client_id",
        paging=CONTENT_SALES,
    )
