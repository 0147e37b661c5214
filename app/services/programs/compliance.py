"""Compliance reports: the tiers of all partners on a date, compared with the result of the rules.

Partners are measured batch by batch, so that a report on any number of them takes the memory of
one batch, and a number of statements for each that depends on the program alone.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.domain.errors import ErrorCode, refuse
from app.domain.programs.compliance import Compliance, Decided, Held, Kept, held, kept
from app.domain.programs.facts import PartnerFacts
from app.domain.programs.progress import Outlook
from app.domain.programs.vocabulary import DecisionOrigin
from app.persistence.models import Vendor
from app.persistence.sql import in_list
from app.services.programs.measuring import (
    Known,
    as_moment,
    as_uuid,
    load_facts,
    load_rates,
    rows_of,
)
from app.services.programs.versions import Version, find_program, version_in_force
from app.services.use_case import Caller

# Partners measured by one set of statements.
BATCH = 250

_PARTNERS = """
    SELECT s.partner_id, s.enrolled_at, p.slug, p.name, p.type, p.currency_code
    FROM standing s JOIN partner p ON p.id = s.partner_id
    WHERE s.program_id = :program AND s.enrolled_at <= :at AND s.partner_id > :after
      AND p.status IN ('ACTIVE', 'SUSPENDED')
    ORDER BY s.partner_id LIMIT :size
"""
_DECISIONS = """
    SELECT d.partner_id, d.origin, d.decided_at, r.key, r.rank
    FROM tier_decision d LEFT JOIN tier r ON r.id = d.to_tier_id
    WHERE {partners} AND d.program_id = :program AND d.decided_at <= :at
    ORDER BY d.decided_at, d.id
"""
_EFFECTS = """
    SELECT d.partner_id, d.as_of, d.effects FROM evaluation d
    WHERE {partners} AND d.program_id = :program AND d.as_of <= :at
    ORDER BY d.as_of, d.id
"""
_PINS = """
    SELECT d.partner_id, d.reason FROM tier_pin d
    WHERE {partners} AND d.program_id = :program AND d.pinned_at <= :at
      AND (d.ended_at IS NULL OR d.ended_at > :at)
      AND (d.expires_at IS NULL OR d.expires_at > :at)
    ORDER BY d.pinned_at
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One partner's line of a report."""

    partner_id: UUID
    slug: str
    name: str
    type: str
    currency: str
    compliance: Compliance


@dataclass(slots=True)
class Summary:
    """A whole report in numbers; ranks by how many held, and qualified for, each."""

    partners: int = 0
    compliant: int = 0
    held: Counter[int] = field(default_factory=Counter)
    qualified: Counter[int] = field(default_factory=Counter)

    def count(self, row: Row) -> None:
        """Take a line in."""
        found = row.compliance
        self.partners += 1
        self.compliant += found.compliant
        self.held[found.held.rank] += 1
        self.qualified[found.tier_qualified.rank if found.tier_qualified else 0] += 1


class ComplianceReport:
    """A program on a date: the version in force then, over the facts known at a moment."""

    def __init__(
        self, caller: Caller, version: Version, outlook: Outlook, known_at: datetime
    ) -> None:
        self.version, self.outlook = version, outlook
        self.as_of, self.known_at = outlook.moment, known_at
        self._database = caller.database

    async def page(self, after: UUID | None, size: int) -> list[Row]:
        """The lines of the partners after one, in the order of their ids: at most `size`."""
        return await self._database.read(lambda: self._page(after, size))

    async def batches(self) -> AsyncIterator[list[Row]]:
        """All lines, some at a time."""
        after = None
        while batch := await self.page(after, BATCH):
            yield batch
            after = batch[-1].partner_id
            if len(batch) < BATCH:
                return

    async def summary(self) -> Summary:
        """The whole report in numbers."""
        found = Summary()
        async for batch in self.batches():
            for row in batch:
                found.count(row)
        return found

    async def _page(self, after: UUID | None, size: int) -> list[Row]:
        given = {"after": after or UUID(int=0), "size": size, **self._given}
        partners = await rows_of(self._database)(_PARTNERS, given)
        ids = [as_uuid(row["partner_id"]) for row in partners]
        if not ids:
            return []
        told = {id: _facts(row) for id, row in zip(ids, partners, strict=True)}
        rows, dialect = rows_of(self._database), self._database.dialect
        facts = await load_facts(rows, dialect, self.outlook, told, Known(at=self.known_at))
        decided = await self._held(ids)
        keeping = await self._kept(ids, decided)
        pins = {as_uuid(row["partner_id"]): row["reason"] for row in await self._of(_PINS, ids)}
        return [
            Row(
                id,
                row["slug"],
                row["name"],
                row["type"],
                row["currency_code"],
                Compliance(
                    self.outlook.now.verdict(facts[id]),
                    decided.get(id, Held()),
                    keeping.get(id, Kept()),
                    pins.get(id),
                ),
            )
            for id, row in zip(ids, partners, strict=True)
        ]

    @property
    def _given(self) -> dict[str, Any]:
        return {"program": self.version.program_id, "at": self.as_of}

    async def _of(self, sql: str, ids: Sequence[UUID]) -> Sequence[Mapping[str, Any]]:
        among = in_list("d.partner_id", "partners", self._database.dialect)
        given = {"partners": list(ids), **self._given}
        return await rows_of(self._database)(sql.replace("{partners}", among), given)

    async def _held(self, ids: Sequence[UUID]) -> dict[UUID, Held]:
        found: defaultdict[UUID, list[Decided]] = defaultdict(list)
        for row in await self._of(_DECISIONS, ids):
            rank = 0 if row["key"] is None else self._rank(row["key"], int(row["rank"]))
            decided = Decided(rank, DecisionOrigin(row["origin"]), as_moment(row["decided_at"]))
            found[as_uuid(row["partner_id"])].append(decided)
        return {id: held(decisions) for id, decisions in found.items()}

    def _rank(self, key: str, rank: int) -> int:
        # A tier that the version has not counts as the one in its place, or the highest.
        return self.version.ranks.get(key, min(rank, len(self.version.tiers)))

    async def _kept(self, ids: Sequence[UUID], decided: Mapping[UUID, Held]) -> dict[UUID, Kept]:
        found: defaultdict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
        for row in await self._of(_EFFECTS, ids):
            id = as_uuid(row["partner_id"])
            since = decided.get(id, Held()).since
            if since is None or as_moment(row["as_of"]) >= since:
                found[id] += _json(row["effects"])
        return {id: kept(effects) for id, effects in found.items()}


async def compliance_report(
    caller: Caller, program_key: str, as_of: datetime | None, known_at: datetime | None
) -> ComplianceReport:
    """A report on a program as of a moment (None: now), over facts told by another (None: now).

    Raises Refused with NOT_FOUND for a program without a version in force then, and INVALID for a
    moment after now.
    """
    now = caller.clock.now()
    at, known_at = caller.happened(as_of, now), caller.happened(known_at, now)
    for name, moment in (("asOf", at), ("knownAt", known_at)):
        if moment > now:
            raise refuse(ErrorCode.INVALID, "This moment is after now. Give one up to now.", name)
    known = Known(at=known_at)

    async def load() -> ComplianceReport:
        program = await find_program(program_key)
        version = await version_in_force(program, at) if program else None
        if version is None:
            message = "There is no such tier program in force on that date. Check key and date."
            raise refuse(ErrorCode.NOT_FOUND, message, "program")
        vendor = await Vendor.first().only("time_zone")
        zone = vendor.time_zone if vendor else "UTC"
        outlook = Outlook(version.definition, at, zone, await load_rates(known))
        return ComplianceReport(caller, version, outlook, known_at or now)

    return await caller.database.read(load)


def _facts(row: Mapping[str, Any]) -> PartnerFacts:
    return PartnerFacts(row["type"], row["currency_code"], as_moment(row["enrolled_at"]))


def _json(raw: Any) -> Any:
    return orjson.loads(raw) if isinstance(raw, str | bytes) else raw
