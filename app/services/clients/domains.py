"""Website domains that live under more than one partner: marked for the vendor alone.

Neither partner learns of the other, so nothing is refused and no event is written.
"""

from collections import Counter

from app.domain.clients import ClientStatus
from app.persistence.models import Client


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
