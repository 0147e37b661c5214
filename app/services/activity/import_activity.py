"""Importing a file of facts: checked row by row first, then all of it in one transaction.

Both passes stream: what is kept is the partners in the file, and a short hash of each external id.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID, uuid4

from app.domain.activity import check_activity, digest, settle
from app.domain.csv_rows import RefusedRow, Row, UnreadableFile
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.ids import new_id
from app.persistence.models import Partner
from app.services.activity.read_import import ImportFile, read_activity
from app.services.activity.store import CHUNK, Fact, external_id_reused, known_ids, store
from app.services.use_case import Caller, Done, perform
from app.services.visible import fits

Report = Callable[[RefusedRow], None]
Progress = Callable[[int], None]


@dataclass(slots=True)
class Checked:
    """What a file has: rows in all, rows that are there already, refused ones; its partners."""

    rows: int = 0
    unchanged: int = 0
    refused: int = 0
    sha256: str = ""
    partners: dict[str, UUID | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were recorded, and how many were there before."""

    recorded: int
    unchanged: int


async def check_file(
    caller: Caller, file: ImportFile, report: Report, progress: Progress
) -> Checked:
    """Read a whole file and write nothing; `report` gets every refusal, `progress` bytes read.

    Raises UnreadableFile if it cannot be read to its end.
    """
    checked = Checked()
    told: dict[int, int] = {}
    rows, now = file.rows(progress), caller.clock.now()
    while chunk := list(islice(rows, CHUNK)):
        await _find_partners(caller, chunk, checked.partners)
        facts: list[Fact] = []
        for row in chunk:
            fact, refusals = _read(row, file, checked.partners, now, caller.tolerance)
            checked.rows += 1
            checked.refused += bool(refusals)
            for refusal in refusals:
                report(refusal)
            if fact is not None:
                facts.append(fact)
        await _check_ids(caller, facts, told, checked, report)
    checked.sha256 = file.sha256
    return checked


async def import_file(
    caller: Caller, file: ImportFile, checked: Checked, progress: Progress
) -> Imported:
    """Record all facts of a file that was checked, or none; `progress` gets the rows done.

    Raises UnreadableFile if the file has changed since, and Refused, with the line as the first
    part of each field, if others have used its external ids meanwhile.
    """
    counts = Imported(0, 0)

    async def work(now: datetime) -> Done:
        nonlocal counts
        partners = [id for id in checked.partners.values() if id is not None]
        facts = _facts(file, checked, now, caller.tolerance, progress)
        stored = await store(caller, facts, partners, now)
        if file.sha256 != checked.sha256:
            raise UnreadableFile("The file has changed while it was imported. Import it again.")
        unchanged = sum(found.unchanged for found in stored)
        counts = Imported(len(stored) - unchanged, unchanged)
        import_id = new_id()
        return Done(import_id, None, {"import": import_id})

    arguments = {"file": file.path.name, "sha256": checked.sha256, "rows": checked.rows}
    await perform(caller, "importActivity", str(uuid4()), arguments, work)
    return counts


async def _find_partners(
    caller: Caller, rows: Iterable[Row], partners: dict[str, UUID | None]
) -> None:
    """Look up the slugs that are new; None for those that there are not."""
    slugs = {row.texts.get("partner", "") for row in rows} - partners.keys()
    wanted = {slug for slug in slugs if fits(Partner, slug=slug)}
    if not wanted:
        return
    found = await caller.database.read(lambda: Partner.filter(slug__in=wanted).only("id", "slug"))
    partners |= dict.fromkeys(slugs)
    partners |= {partner.slug: partner.id for partner in found}


def _read(
    row: Row,
    file: ImportFile,
    partners: dict[str, UUID | None],
    now: datetime,
    tolerance: timedelta,
) -> tuple[Fact | None, list[RefusedRow]]:
    """The checked fact of a row, or all that is wrong with it."""
    if row.refused:
        return None, [row.refused]
    activity, refused = read_activity(row, file.zone)
    partner_id = partners.get(row.texts.get("partner", ""))
    if partner_id is None and "partner" in row.texts:
        refused.append(RefusedRow(row.line, "partner", "There is no partner with this slug."))
    if activity is not None:
        known = {refusal.field for refusal in refused}
        # One of the two that is missing or wrong leaves no money at all.
        known |= {"amount", "currencyCode"} if known & {"amount", "currencyCode"} else set()
        # The same each time the file is read, though now is another moment by then.
        told = digest(activity)
        activity = settle(activity, now, tolerance)
        problems = check_activity(activity, now)
        refused += [_refused(row.line, p) for p in problems if p.field[0] not in known]
    if refused or activity is None or partner_id is None:
        return None, refused
    return Fact(partner_id, activity, told, (str(row.line), "externalId")), []


def _refused(line: int, problem: Problem) -> RefusedRow:
    return RefusedRow(line, problem.field[-1], problem.message)


async def _check_ids(
    caller: Caller, facts: Sequence[Fact], told: dict[int, int], checked: Checked, report: Report
) -> None:
    """Find external ids that say something else, in the database or further up in the file."""
    keys = [(fact.partner_id, fact.activity.external_id or "") for fact in facts]
    known = await known_ids(caller, keys) if keys else {}
    for fact, key in zip(facts, keys, strict=True):
        own = _short(fact.digest)
        before = known[key][1] if key in known else None
        kept = own if before is None else _short(before)
        if told.setdefault(_short(f"{key[0]} {key[1]}"), kept) != own:
            checked.refused += 1
            report(_refused(int(fact.field[0]), external_id_reused(*fact.field)))
        elif before is not None:
            checked.unchanged += 1


def _short(text: str) -> int:
    """Enough of a text to tell it from all others of a file, in little memory."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=12).digest())


def _facts(
    file: ImportFile, checked: Checked, now: datetime, tolerance: timedelta, progress: Progress
) -> Iterator[Fact]:
    for done, row in enumerate(file.rows(), start=1):
        fact, refused = _read(row, file, checked.partners, now, tolerance)
        if fact is None:
            raise Refused(
                [Problem(ErrorCode.INVALID, r.reason, (str(r.line), r.field)) for r in refused]
            )
        yield fact
        progress(done)
