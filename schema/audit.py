"""The audit trail, for the vendor."""

import strawberry

from app.auth.policy import Action
from app.persistence import models
from app.reads.sources import Filter, Order, Paging
from schema.fields import column, either, one, reads
from schema.node import Node, id_filter
from schema.partners import Partner
from schema.scalars import DateTime, JSONObject
from schema.vocabulary import Role

# Who acts in each role.
ACTORS: dict[str, str] = {
    Role.VENDOR_ADMIN: "Person",
    Role.VENDOR_ANALYST: "Person",
    Role.PARTNER_ADMIN: "Advisor",
    Role.ADVISOR: "Advisor",
    Role.CLIENT_USER: "ClientUser",
}


@strawberry.type(
    description="Who did what, with which input: one entry per mutation, in its transaction. "
    "Each holds a hash over itself and the entry before it."
)
@reads(models.AuditEntry, Action.READ_AUDIT)
class AuditEntry(Node):
    """An entry of the audit trail."""

    number: int = column("Its place in the trail, from 1 on, without gaps.")
    at: DateTime = column("When.")
    action: str = column("The action: the name of the mutation, or of the operator's command.")
    actor_role: Role = column("The role of the actor.")
    actor: Node | None = either(
        "The person who did it; null for an app or the command line.",
        "t.actor_id",
        "t.actor_role",
        ACTORS,
    )
    api_key: str | None = column(
        "The public id of the API key that was used, such as the command line lists; null if none "
        "was.",
        sql="(SELECT k.public_id FROM api_key k WHERE k.id = t.api_key_id)",
        kind="text",
    )
    partner: Partner | None = one("The partner it was done to; null for none.", "t.partner_id")
    correlation_id: str = column(
        "The id of the request, as in the server's log; `command-line` for an operator's command."
    )
    input: JSONObject = column("The input, without the idempotency key.")
    hash: str = column("The hash over the entry and the one before it, as hex: see the guide.")


@strawberry.input(description="Conditions on audit entries; all that are set must match.")
class AuditEntryFilter:
    """Conditions on audit entries."""

    action: list[str] | None = strawberry.field(
        default=None, description="One of these actions, such as `createClient`."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Done to this partner."
    )


AUDIT_ENTRIES = Paging(
    orders={"NUMBER": Order("t.number", "int")},
    default="NUMBER",
    descending=True,
    filters={
        "action": Filter("t.action", many=True),
        "partner_id": Filter("t.partner_id = {v}", convert=id_filter("Partner")),
    },
)


@strawberry.type(
    description="The end of the audit trail. Stored outside the service it is an anchor, against "
    "which `python -m app audit verify` checks the trail."
)
class AuditAnchor:
    """The end of the audit trail."""

    number: int = strawberry.field(description="How many entries there are.")
    hash: str = strawberry.field(description="The hash of the last one; 64 zeros if there is none.")
