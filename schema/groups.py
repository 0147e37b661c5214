"""Groups of partners: segments that content may be meant for."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.persistence import models
from app.reads.sources import Order, Paging
from schema.connections import Connection
from schema.fields import column, one, page, reads
from schema.node import Node
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.partners import Partner


@strawberry.type(description="A partner of a group.")
@reads(models.PartnerGroupMember, Action.READ_PARTNERS)
class PartnerGroupMember(Node):
    """A member."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    added_at: DateTime = column("When it was added to the group.")


_MEMBERS = Paging(orders={"PARTNER": Order("t.partner_id", "uuid")}, default="PARTNER")


@strawberry.type(
    description="A segment of partners that content may be meant for, such as a region or a pilot."
)
@reads(models.PartnerGroup, Action.READ_PARTNERS)
class PartnerGroup(Node):
    """A group."""

    key: str = column("Unique; what an audience names.")
    name: str = column("Its name for people.")
    created_at: DateTime = column("When it was created.")
    members: Connection[PartnerGroupMember] = page(
        "The partners in it: all for the vendor, itself for a partner; the oldest partner first.",
        key="t.group_id",
        paging=_MEMBERS,
    )


PARTNER_GROUPS = Paging(orders={"CREATED_AT": Order("t.created_at", "time")}, default="CREATED_AT")
