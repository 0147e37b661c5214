"""Invitations of people to a partner team or a client team."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.invitations import InvitationStatus
from app.persistence import models
from app.reads.sources import Filter, Order, Paging
from schema.enums import described
from schema.fields import column, one, reads
from schema.node import Node
from schema.scalars import DateTime, EmailAddress

if TYPE_CHECKING:
    from schema.clients import Client, ClientUser
    from schema.partners import Advisor, Partner

described(
    InvitationStatus,
    "The state of an invitation.",
    PENDING="Can be accepted.",
    ACCEPTED="Was accepted.",
    EXPIRED="Was not accepted in time.",
    REVOKED="Was withdrawn, or followed by another.",
)
# It expires by time alone: no row changes at that moment.
_STATUS = (
    "CASE WHEN t.accepted_at IS NOT NULL THEN 'ACCEPTED' WHEN t.revoked_at IS NOT NULL"
    " THEN 'REVOKED' WHEN t.expires_at <= :now THEN 'EXPIRED' ELSE 'PENDING' END"
)


@strawberry.type(description="An invitation of one person to a partner team or to a client team.")
@reads(models.Invitation, Action.READ_PARTNERS)
class Invitation(Node):
    """An invitation."""

    status: InvitationStatus = column("Its state at this moment.", sql=_STATUS, kind="text")
    created_at: DateTime = column("When it was created.")
    expires_at: DateTime = column("Until when it can be accepted.")
    accepted_at: DateTime | None = column("When it was accepted; null if it was not.")
    revoked_at: DateTime | None = column("When it was withdrawn; null if it was not.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner whose team, or whose client's team, the person joins.", "t.partner_id"
    )
    advisor: Annotated["Advisor", strawberry.lazy("schema.partners")] | None = one(
        "Who was invited to the partner team; null for a client's user.", "t.advisor_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client team it leads to; null if it is the partner team.", "t.client_id"
    )
    client_user: Annotated["ClientUser", strawberry.lazy("schema.clients")] | None = one(
        "Who was invited to the client team; null for a user of the partner team.",
        "t.client_user_id",
    )


@strawberry.input(description="Conditions on invitations; all that are set must match.")
class InvitationFilter:
    """Conditions on invitations."""

    status: list[InvitationStatus] | None = strawberry.field(
        default=None, description="In one of these states now."
    )


INVITATIONS = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")},
    default="CREATED_AT",
    descending=True,
    filters={"status": Filter(_STATUS, many=True)},
)


@strawberry.type(description="A new invitation, with the token for the person's link.")
class NewInvitation:
    """An invitation and its token."""

    id: strawberry.ID = strawberry.field(description="The id of the Invitation.")
    email: EmailAddress = strawberry.field(description="To whom it is to be sent.")
    expires_at: DateTime = strawberry.field(description="Until when it can be accepted.")
    token: str = strawberry.field(
        description="The token for `acceptInvitation`, safe to use in a URL. Send it to this "
        "person only: anyone who has it can join in their place. No object of the "
        "API shows it later."
    )
