"""Numbers of documents: one after the other, without gaps."""

from app.persistence.models import DocumentCounter

# Invoices and credit notes share one sequence.
INVOICES = "INVOICE"


async def take_numbers(kind: str, count: int) -> range:
    """The next numbers of a kind, inside the open unit of work.

    The counter stays locked until the unit ends, so take them last: others wait. A unit that is
    rolled back gives them back.
    """
    await DocumentCounter.bulk_create(
        [DocumentCounter(kind=kind, last_number=0)], ignore_conflicts=True
    )
    counter = await DocumentCounter.select_for_update().get(kind=kind)
    last = counter.last_number + count
    await DocumentCounter.filter(id=counter.id).update(last_number=last)
    return range(counter.last_number + 1, last + 1)
