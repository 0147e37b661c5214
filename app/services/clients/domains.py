"""Website domains that live under more than one partner: marked for the vendor alone.

Neither partner learns of the other, so nothing is refused and no event is written.
"""

from collections import Counter

from app.domain.clients import ClientStatus
from app.persistence.database import Database
from app.persistence.models import Client


async def lock_domain(database: Database, *domains: str) -> None:
    """Let one unit of work at a time change who has these domains, until it ends.

    Two partners share no row that could be locked, hence a lock on the name itself. SQLite has one
    writer at a time anyway. Taken once, after the partner's lock and before any client is written,
    and of several in one order: no two units can wait for each other.
    """
    if database.dialect == "postgres":
        await database.rows(
            "SELECT pg_advisory_xact_lock(s.key) FROM (SELECT DISTINCT hashtextextended(d, 0)"
            " AS key FROM unnest($1::text[]) d ORDER BY 1) s",
            [list(domains)],
        )


async def mark_shared(*domains: str) -> None:
    """Bring the mark of all live clients with these domains up to date, under the domains' lock."""
    live = Client.filter(domain__in=domains).exclude(status=ClientStatus.ARCHIVED)
    held = set(await live.distinct().values_list("domain", "partner_id"))
    partners = Counter(domain for domain, _ in held)
    for shared in (True, False):
        found = [domain for domain in domains if (partners[domain] > 1) is shared]
        if found:
            wrong = live.filter(domain__in=found, domain_shared=not shared)
            await wrong.update(domain_shared=shared)
