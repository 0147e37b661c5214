"""The receivables report: what is open of issued invoices at a moment, by how late it is, in SQL.

It goes partner by partner, so that a report on any number of them takes the memory of one batch.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.receivables import Age, age_bounds
from app.persistence.models import Partner
from app.persistence.sql import in_list
from app.services.programs.measuring import as_uuid, rows_of
from app.services.use_case import Caller
from app.services.visible import require

# Partners read by one set of statements.
BATCH = 250

# What was open of an invoice then: later payments, credit notes and voiding do not count.
_OPEN = """
    SELECT i.partner_id, i.currency_code, i.due_at, i.total_minor
        - COALESCE((SELECT SUM(y.amount_minor) FROM payment y
                    WHERE y.invoice_id = i.id AND y.received_at <= :at), 0)
        + COALESCE((SELECT SUM(c.total_minor) FROM invoice c
                    WHERE c.corrects_id = i.id AND c.issued_at <= :at), 0) AS minor
    FROM invoice i
    WHERE {of} AND i.kind = 'INVOICE' AND i.issued_at <= :at
      AND (i.voided_at IS NULL OR i.voided_at > :at)
"""
_PARTNERS = f"""
    SELECT p.id, p.slug, p.name FROM partner p
    WHERE p.id > :after AND {{among}} AND EXISTS (
        SELECT 1 FROM ({_OPEN.replace("{of}", "i.partner_id = p.id")}) o WHERE o.minor > 0)
    ORDER BY p.id LIMIT :size
"""
_AGED = """
    SELECT {owner} AS partner_id, o.currency_code, {ages}, COUNT(*) AS invoices
    FROM ({open}) o WHERE o.minor > 0 GROUP BY {group} o.currency_code ORDER BY o.currency_code
"""


@dataclass(frozen=True, slots=True)
class Receivables:
    """What is open in one currency, in minor units by age, and of how many invoices."""

    currency: str
    by_age: Mapping[Age, int]
    invoices: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.by_age.values())


@dataclass(frozen=True, slots=True)
class PartnerReceivables:
    """What one partner, or clients of it that pay themselves, owe: by currency."""

    partner_id: UUID
    slug: str
    name: str
    amounts: Sequence[Receivables]


class ReceivablesReport:
    """What is open at a moment: of all partners, or of one."""

    def __init__(self, caller: Caller, as_of: datetime, partner_id: UUID | None) -> None:
        self.as_of, self.partner_id = as_of, partner_id
        self._database = caller.database

    async def page(self, after: UUID | None, size: int) -> list[PartnerReceivables]:
        """Partners with something open after one, in the order of their ids: at most `size`."""
        return await self._database.read(lambda: self._page(after, size))

    async def batches(self) -> AsyncIterator[list[PartnerReceivables]]:
        """All partners with something open, some at a time."""
        after = None
        while batch := await self.page(after, BATCH):
            yield batch
            after = batch[-1].partner_id
            if len(batch) < BATCH:
                return

    async def totals(self) -> list[Receivables]:
        """What all of them owe together, by currency."""
        found = await self._aged(None)
        return found.get(None, [])

    async def _page(self, after: UUID | None, size: int) -> list[PartnerReceivables]:
        among = "p.id = :partner" if self.partner_id else "TRUE"
        given = {"after": after or UUID(int=0), "size": size, **self._given}
        partners = await rows_of(self._database)(_PARTNERS.replace("{among}", among), given)
        ids = [as_uuid(row["id"]) for row in partners]
        aged = await self._aged(ids) if ids else {}
        return [
            PartnerReceivables(id, row["slug"], row["name"], aged.get(id, []))
            for id, row in zip(ids, partners, strict=True)
        ]

    @property
    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = {"at": self.as_of}
        return {**given, "partner": self.partner_id} if self.partner_id else given

    async def _aged(self, ids: Sequence[UUID] | None) -> dict[UUID | None, list[Receivables]]:
        """By partner, or (without ids) of all that the report is about together, as None."""
        given = self._given
        of = "i.partner_id = :partner" if self.partner_id else "TRUE"
        if ids is not None:
            of = in_list("i.partner_id", "ids", self._database.dialect)
            given = {"at": self.as_of, "ids": list(ids)}
        ages = []
        for age, (low, high) in age_bounds(self.as_of).items():
            parts = []
            for bound, sign, name in ((low, ">=", "low"), (high, "<", "high")):
                if bound is not None:
                    given[f"{name}_{age.lower()}"] = bound
                    parts.append(f"o.due_at {sign} :{name}_{age.lower()}")
            when = " AND ".join(parts)
            ages.append(f"SUM(CASE WHEN {when} THEN o.minor ELSE 0 END) AS {age.lower()}")
        sql = (
            _AGED.replace("{owner}", "NULL" if ids is None else "o.partner_id")
            .replace("{group}", "" if ids is None else "o.partner_id,")
            .replace("{ages}", ", ".join(ages))
            .replace("{open}", _OPEN.replace("{of}", of))
        )
        found: dict[UUID | None, list[Receivables]] = {}
        for row in await rows_of(self._database)(sql, given):
            owner = row["partner_id"] and as_uuid(row["partner_id"])
            found.setdefault(owner, []).append(_receivables(row))
        return found


async def receivables_report(
    caller: Caller, as_of: datetime | None, partner_id: UUID | None
) -> ReceivablesReport:
    """What is open as of a moment (None: now) of all partners, or of one.

    Raises Refused with NOT_FOUND at `partnerId`, and INVALID at `asOf` for a moment after now.
    """
    now = caller.clock.now()
    as_of = caller.happened(as_of, now)
    if as_of > now:
        raise refuse(ErrorCode.INVALID, "This moment is after now. Give one up to now.", "asOf")
    if partner_id:
        await caller.database.read(lambda: require(caller, Partner, partner_id, "partnerId"))
    return ReceivablesReport(caller, as_of, partner_id)


def _receivables(row: Mapping[str, Any]) -> Receivables:
    by_age = {age: int(row[age.lower()]) for age in Age}
    return Receivables(row["currency_code"], by_age, int(row["invoices"]))
