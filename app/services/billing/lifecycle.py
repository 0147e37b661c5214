"""What time does to subscriptions: trials end, terms begin, what was cancelled ends.

A subscription says in `due_at` when time changes it next. Everything that is due is applied in the
order of these moments, and as of them, however late that is done: the event of a term that began
last night says last night. One partner is one transaction: a process that is killed loses nothing,
and two at once do nothing twice.
"""

from datetime import UTC, datetime
from uuid import UUID

from app.auth.actor import Actor
from app.domain.identity import Role
from app.persistence.database import Database
from app.persistence.models import Subscription
from app.services.billing.renewal import Renewing
from app.services.partners.locking import lock_partner

SYSTEM = Actor(Role.SYSTEM, name="Partnergraph")


async def bring_to(database: Database, moment: datetime, partner_id: UUID | None = None) -> int:
    """Apply all that is due up to and with a moment, of one partner or of all.

    Each partner is a transaction of its own. Gives how many terms began and subscriptions ended.
    """
    # The databases compare moments in UTC.
    moment = moment.astimezone(UTC)
    changes = 0
    while partner := await database.read(lambda: _first_due(moment, partner_id)):
        try:
            changes += await database.transaction(lambda id=partner: _bring_locked(id, moment))  # type: ignore[misc]
        except Exception as error:
            # Whoever logs it works on all of them.
            error.add_note(f"While renewing the subscriptions of partner {partner}.")
            raise
    return changes


async def bring_partner_to(partner_id: UUID, moment: datetime) -> int:
    """The same for one partner, inside the open unit of work that holds the partner's lock."""
    moment = moment.astimezone(UTC)
    due = Subscription.filter(partner_id=partner_id, due_at__lte=moment)
    rows = await due.order_by("due_at", "id")
    if not rows:
        return 0
    renewing = await Renewing.open(partner_id, rows, SYSTEM)
    changes = renewing.bring_to(moment)
    await renewing.write()
    return changes


async def _bring_locked(partner_id: UUID, moment: datetime) -> int:
    await lock_partner(partner_id)
    return await bring_partner_to(partner_id, moment)


async def _first_due(moment: datetime, partner_id: UUID | None) -> UUID | None:
    due = Subscription.filter(due_at__lte=moment)
    if partner_id:
        due = due.filter(partner_id=partner_id)
    first = await due.order_by("due_at", "id").first().only("partner_id")
    return first.partner_id if first else None
