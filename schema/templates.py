"""Client templates: a partner's recipe for a kind of engagement."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.auth.scope import STAFF
from app.domain.plans import PlanCode, TemplateStatus
from app.persistence import models
from app.reads.sources import Filter, Order, Paging
from schema.billing import Plan
from schema.connections import Connection, OrderDirection
from schema.content import ContentItem, ContentVersion, like
from schema.enums import described
from schema.fields import column, many, one, page, reads
from schema.node import Node
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.partners import Advisor, Partner

described(
    TemplateStatus,
    "The state of a client template.",
    ACTIVE="Clients can be created from it.",
    RETIRED="It creates no more clients.",
)


@strawberry.type(description="A content item of a template.")
@reads(models.TemplateItem, Action.READ_TEMPLATES)
class TemplateItem(Node):
    """An item of a template."""

    position: int = column("Its place in the template, from 0.")
    item: ContentItem = one("The item.", "t.item_id")
    version: ContentVersion | None = one(
        "The version that clients get; null for the latest published one.", "t.version_id"
    )
    template: Annotated["ClientTemplate", strawberry.lazy("schema.templates")] = one(
        "The template that holds it.", "t.template_id"
    )


class ClientTemplateOrderField(StrEnum):
    """What templates can be ordered by."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


described(
    ClientTemplateOrderField,
    "Orderings of client templates.",
    NAME="The name, without regard to case and accents.",
    CREATED_AT="When the template was created.",
)


@strawberry.input(description="An ordering of client templates.")
class ClientTemplateOrder:
    """An ordering of templates."""

    field: ClientTemplateOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on client templates; all that are set must match.")
class ClientTemplateFilter:
    """Conditions on templates."""

    search: str | None = strawberry.field(
        default=None, description="Part of the name, without regard to case and accents."
    )
    status: list[TemplateStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    plan: list[PlanCode] | None = strawberry.field(
        default=None, description="With one of these plans."
    )


CLIENT_TEMPLATES = Paging(
    orders={"NAME": Order("t.name_key", "text"), "CREATED_AT": Order("t.created_at", "time")},
    default="NAME",
    filters={
        "search": Filter("t.name_key LIKE {v} ESCAPE '!'", convert=like),
        "status": Filter("t.status", many=True),
        "plan": Filter("t.plan_id", many=True),
    },
)

_CLIENTS = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")}, default="CREATED_AT", descending=True
)


@strawberry.type(
    description="The plan, content and advisors that new clients of one kind start with."
)
@reads(models.ClientTemplate, Action.READ_TEMPLATES)
class ClientTemplate(Node):
    """A template."""

    name: str = column("Its name, unique in the partner team.")
    description: str = column("What it is for; may be empty.")
    engagement_type: str | None = column("The kind of engagement, such as `vCISO`.")
    status: TemplateStatus = column("Its state.")
    created_at: DateTime = column("When it was created.")
    updated_at: DateTime = column("When it was last changed.")
    plan: Plan = one("The initial plan of clients created from it.", "t.plan_id", "t.code")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner team it belongs to.", "t.partner_id"
    )
    items: list[TemplateItem] = many(
        "Its content, in order. Not shown to client users.",
        key="t.template_id",
        order="t.position",
    )
    default_advisors: list[Annotated["Advisor", strawberry.lazy("schema.partners")]] = many(
        "The advisors whom new clients get unless others are named; for the partner team and the "
        "vendor, empty for client users.",
        key="ta.template_id",
        join="JOIN template_advisor ta ON ta.advisor_id = t.id",
        order="ta.position",
        only=STAFF,
    )
    clients: Connection[Annotated["Client", strawberry.lazy("schema.clients")]] = page(
        "The clients that were created from it and that you may see, newest first.",
        key="t.template_id",
        paging=_CLIENTS,
    )
