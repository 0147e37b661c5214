"""Plans, company sizes, bundles, price books, policies and taxes, from a catalogue into rows.

What is dated is history that subscriptions and invoices refer to: an import adds, and refuses to
change it. What a catalogue does not name stays as it is.
"""

from datetime import datetime, tzinfo
from importlib.resources import files

from app.domain.catalogue.model import Catalogue
from app.domain.catalogue.reading import read_catalogue
from app.domain.errors import Refused
from app.services.billing.catalogue_difference import Difference
from app.services.billing.compare_catalogue import compare


def shipped_catalogue(zone: tzinfo) -> Catalogue:
    """The catalogue that comes with the service; a date in it is midnight in the vendor's zone."""
    path = files("app.programs").joinpath("billing", "catalogue.yaml")
    return read_catalogue(path.read_text(encoding="utf-8"), zone)


async def import_catalogue(catalogue: Catalogue, *, at: datetime) -> list[str]:
    """Bring the catalogue's rows into the database, inside the open unit of work.

    Gives what is new, in words: doing it again changes nothing. Texts and flags that concern the
    future alone are updated. Raises Refused as `catalogue_changes` does.
    """
    difference = await _difference(catalogue, at)
    for table, rows in difference.new.items():
        await table.bulk_create(rows)
    for row, values in difference.updates:
        await row.update_from_dict(dict(values)).save(update_fields=list(values))
    return difference.changes


async def catalogue_changes(catalogue: Catalogue, *, at: datetime) -> list[str]:
    """What an import would change, in words. Only reads.

    Raises Refused, at `text` and with the path in the message, with CONFLICT for a term, size,
    slot count, price, policy or tax that differs from the one in the database, and with NOT_FOUND
    for a price of something that is neither there nor in the file.
    """
    return (await _difference(catalogue, at)).changes


async def _difference(catalogue: Catalogue, at: datetime) -> Difference:
    difference = await compare(catalogue, at)
    if difference.problems:
        raise Refused(difference.problems)
    return difference
