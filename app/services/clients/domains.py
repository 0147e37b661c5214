"""Website domains that live under more than one partner: marked for the vendor alone.

Neither partner learns of the other, so nothing is refused and no event is written.
"""

from app.domain.clients import ClientStatus
from app.persistence.database import Database
from app.persistence.models import Client


async def lock_domain(database: Database, domain: str) -> None:
    """Let one unit of work at a time change who has this domain, until it ends.

    Two partners share no row that could be locked, hence a lock on the name itself. SQLite has one
    writer at a time anyway. Taken after the partner's lock and before any client is written:
    always in this order, no two units can wait for each other.
    """
    if database.dialect == "postgres":
        await database.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [domain])


async def mark_shared(domain: str) -> None:
    """Bring the mark of all live clients with this domain up to date, under the domain's lock."""
    live = Client.filter(domain=domain).exclude(status=ClientStatus.ARCHIVED)
    partners = await live.distinct().values_list("partner_id", flat=True)
    shared = len(set(partners)) > 1
    await live.filter(domain_shared=not shared).update(domain_shared=shared)
