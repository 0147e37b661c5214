"""What happened: events, and the ones that subscriptions deliver."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.events import SUBJECTS, EventType
from app.domain.programs.vocabulary import TierDirection
from app.events.cursors import encode
from app.persistence import models
from app.reads.sources import Column, Filter, Order, Paging
from schema.enums import described
from schema.fields import column, derived, either, many, one, reads
from schema.node import Node
from schema.programs import Tier, TierBenefit, TierProgram
from schema.scalars import Cursor, DateTime, JSONObject
from schema.standings import TierDecision
from schema.vocabulary import Role

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.partners import Partner

described(
    EventType,
    "The event type.",
    PARTNER_CREATED="A partner team was created.",
    PARTNER_SUSPENDED="A partner team was paused.",
    PARTNER_RESUMED="A partner team that was paused is active again.",
    ADVISOR_INVITED="A user was invited to the partner team.",
    ADVISOR_ASSIGNED="An advisor began to work in a client.",
    ADVISOR_UNASSIGNED="An advisor stopped working in a client.",
    CLIENT_CREATED="A client team was created.",
    CLIENT_UPGRADED="A client was upgraded to a higher plan.",
    CLIENT_ARCHIVED="A client was archived.",
    CLIENT_USER_ADDED="A user was added to a client team.",
    CONTENT_ITEM_CREATED="A content item was created.",
    CONTENT_VERSION_PUBLISHED="A content version was published.",
    CONTENT_ITEM_ADOPTED="A partner adopted an open content item.",
    TEMPLATE_CREATED="A client template was created.",
    TEMPLATE_UPDATED="A client template was changed.",
    PROGRAM_VERSION_IMPORTED="A version of a tier program was written, as a draft at first.",
    PROGRAM_VERSION_PUBLISHED="A version of a tier program was published.",
    TIER_CHANGED="A partner's tier changed.",
    TIER_AT_RISK="A partner will lose its tier on a date if nothing changes.",
    TIER_RISK_ENDED="It is no longer at risk.",
    TIER_GRACE_STARTED="The requirements of a partner's tier are no longer met; it keeps the "
    "tier during a grace period.",
    TIER_GRACE_NOTICE="The grace ends soon.",
    TIER_GRACE_ENDED="The grace ended: the tier is earned again, or lost.",
    TIER_HELD="The requirements of a tier are no longer met; it is kept to the end of a period.",
    TIER_HOLD_ENDED="The hold ended: the tier is earned again, or lost.",
    ENTRY_DEADLINE_PASSED="A partner was in no tier when the time to enter one ran out.",
    TIER_PINNED="The vendor pinned a partner to a tier.",
    TIER_PIN_ENDED="A pin expired or was removed.",
    TIER_APPROVAL_REQUESTED="The vendor is asked to approve a tier for a partner.",
    TIER_APPROVAL_WITHDRAWN="The vendor is no longer asked about a tier.",
    TIER_APPROVED="The vendor approved a tier for a partner.",
    TIER_REJECTED="The vendor did not approve a tier for a partner.",
    EVALUATION_COMPLETED="All partners of a program were evaluated.",
    PARTNER_EVALUATED="The vendor evaluated a partner manually.",
    ACTIVITY_RECORDED="A fact about a partner was recorded.",
    ACTIVITY_REVERSED="A fact about a partner was reversed, in full or in part.",
    EXCHANGE_RATE_SET="The vendor set an exchange rate.",
    CLIENT_SUSPENDED="A client team was paused.",
    CLIENT_RESUMED="A client team that was paused is active again.",
    CLIENT_RESTORED="A client was restored from the archive.",
    CLIENT_RESIZED="A client's size was changed; it is charged for it from its next term.",
    CLIENT_USER_JOINED="A user of a client team accepted an invitation.",
    CLIENT_USER_REVOKED="A user of a client team was revoked.",
    ADVISOR_JOINED="A user of a partner team accepted an invitation.",
    ADVISOR_REVOKED="A user of a partner team was revoked.",
    INVITATION_CREATED="Somebody was invited to a team; the vendor's mailer writes to them.",
    INVITATION_REVOKED="An invitation was withdrawn, or followed by another.",
    BILLING_MODEL_CHANGED="Who pays for a partner's clients changed, from the next term of each.",
    BILLING_ADDRESS_SET="The address that invoices go to was set.",
    PARTNER_GROUP_CREATED="A group of partners was created.",
    PARTNER_GROUP_CHANGED="Partners were added to a group or removed from it.",
    CONTENT_ITEM_UPDATED="A content item was changed.",
    CONTENT_VERSION_DRAFTED="A draft of a content version was written.",
    CONTENT_VERSION_RETIRED="A content version was retired.",
    CONTENT_PUSHED="A content version was pushed to the places that use its item.",
    CONTENT_GRANT_LOCKED="The version that a client has of an item was locked, or unlocked.",
    CONTENT_SOLD="A partner sold content to a client.",
    ATTACHMENT_ADDED="A file was attached to a content version.",
    CATALOGUE_IMPORTED="Plans, prices, bundles, policies or taxes were imported.",
    VENDOR_UPDATED="The vendor's name, website, address or tax id was changed.",
    SLOTS_BOUGHT="A partner bought assessment slots.",
    SLOTS_INCLUDED="The vendor gave a partner assessment slots.",
    TRIAL_ENDED="A client's trial ended; it is charged from then on.",
    SUBSCRIPTION_RENEWED="A term of a client's subscription began.",
    SUBSCRIPTION_CANCELLED="A client's subscription was cancelled: immediately if in its trial.",
    SUBSCRIPTION_RESUMED="The cancellation of a client's subscription was withdrawn.",
    SUBSCRIPTION_ENDED="A client's subscription ended; the client went back to another plan.",
    BILLING_COMPLETED="All partners were billed for a period.",
    INVOICE_ISSUED="An invoice was issued.",
    INVOICE_PAID="An invoice was paid in full.",
    PAYMENT_RECORDED="A payment was recorded.",
    INVOICE_VOIDED="An issued invoice was voided; its charges may be billed again.",
    CREDIT_NOTE_ISSUED="A credit note was issued.",
    INCOME_APPROVED="A partner's income was approved.",
    STATEMENT_ISSUED="A statement of a partner's income was created.",
    STATEMENT_PAID="A statement of a partner's income was paid out.",
    CLOCK_ADVANCED="The time of a demo server was moved forward.",
    WEBHOOK_ENDPOINT_CREATED="A webhook endpoint was created.",
    WEBHOOK_ENDPOINT_CHANGED="A webhook endpoint was changed, enabled or disabled manually.",
    WEBHOOK_ENDPOINT_REMOVED="A webhook endpoint was removed.",
    WEBHOOK_ENDPOINT_DISABLED="The service gave a webhook endpoint up.",
    WEBHOOK_SECRET_ROTATED="A webhook endpoint got another secret.",
    WEBHOOK_REPLAYED="Events are sent to a webhook endpoint again.",
    WEBHOOK_DELIVERY_RETRIED="A dead webhook delivery is tried again.",
    WEBHOOK_TEST_SENT="A test, for one webhook endpoint.",
)


def _cursor(sequence: int | None) -> str | None:
    return None if sequence is None else encode(sequence)


@strawberry.type(description="One thing that happened. It never changes.")
@reads(models.Event, Action.READ_EVENTS)
class Event(Node):
    """An event."""

    type: EventType = column("The kind of effect.")
    occurred_at: DateTime = column("When.")
    sequence: int | None = column(
        "Its number among the partner's events, without gaps; null for an event of no partner.",
        sql="t.partner_sequence",
        kind="int",
    )
    cursor: Cursor | None = derived(
        "Its place in the order of all events: pass it as `after` to a subscription. Null for the "
        "moment until it is published.",
        _cursor,
        Column("t.sequence", "int"),
    )
    actor_role: Role = column("The role of the actor.")
    data: JSONObject = column("What changed; the keys depend on the type.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] | None = one(
        "The partner it belongs to; null for the vendor's own.", "t.partner_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client it belongs to; null if to none.", "t.client_id"
    )
    subject: Node | None = either(
        "The subject in its current state, such as the client of CLIENT_CREATED or the decision "
        "of TIER_CHANGED; null if you may not see it.",
        "t.subject_id",
        "t.type",
        SUBJECTS,
    )


@strawberry.input(description="Conditions on events; all that are set must match.")
class EventFilter:
    """Conditions on events."""

    type: list[EventType] | None = strawberry.field(
        default=None, description="Of one of these types."
    )


EVENTS = Paging(
    orders={"SEQUENCE": Order("t.sequence", "int")},
    default="SEQUENCE",
    descending=True,
    filters={"type": Filter("t.type", many=True)},
)


@strawberry.type(description="A partner's tier changed: delivered by `tierChanged`.")
@reads(
    models.Event,
    Action.READ_EVENTS,
    # A decision is the partner's, not one client's: no user of a client is told of it.
    join="JOIN tier_decision d ON d.id = t.subject_id AND t.client_id IS NULL",
)
class TierChanged:
    """A tier change, as a subscriber gets it."""

    cursor: Cursor = derived(
        "Store the newest one: a subscription with it as `after` resumes right after this change.",
        encode,
        Column("t.sequence", "int"),
    )
    occurred_at: DateTime = column("When it changed.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner whose tier changed.", "t.partner_id"
    )
    program: TierProgram = one("In which program.", "d.program_id")
    from_tier: Tier | None = one("The tier before; null if none.", "d.from_tier_id")
    to_tier: Tier | None = one("The tier after; null if none.", "d.to_tier_id")
    direction: TierDirection = column("Which way it went.", sql="d.direction", kind="text")
    reason: str = column("Why, in words.", sql="d.reason", kind="text")
    decision: TierDecision = one("The decision behind it.", "d.id")
    benefits_gained: list[TierBenefit] = many(
        "Benefits gained, or whose value changed.",
        key="b.decision_id",
        link="d.id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'GAINED'",
        order="b.position",
    )
    benefits_lost: list[TierBenefit] = many(
        "Benefits lost, or whose value changed.",
        key="b.decision_id",
        link="d.id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'LOST'",
        order="b.position",
    )
