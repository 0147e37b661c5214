"""Rows for a full database: names and moments with ties, and the makings of several tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.content import checksum
from app.domain.text import sort_key
from app.persistence import models
from app.persistence.models.base import Record
from tests.world import LONG_AGO, Team

NAMES = ["Äpfel", "apfel", "Zoë", "zoe", "Émile", "emile", "Ñandú", "Straße", "STRASSE", "Ōsaka"]


@dataclass
class Rows:
    """What was added, by model: for a team, or for all (programs, open content)."""

    by_model: dict[type[Record], list[Any]] = field(default_factory=dict)

    async def add(self, rows: Sequence[Record]) -> Sequence[Any]:
        if rows:
            model = type(rows[0])
            await model.bulk_create(rows)
            self.by_model.setdefault(model, []).extend(rows)
        return rows

    def of(self, model: type[Record]) -> list[Any]:
        return self.by_model.get(model, [])


def moment(i: int) -> datetime:
    return LONG_AGO + timedelta(hours=i // 3)


def named(i: int, suffix: object) -> dict[str, str]:
    name = f"{NAMES[i % len(NAMES)]} {suffix}"
    return {"name": name, "name_key": sort_key(name)}


def of(team: Team) -> dict[str, UUID]:
    return {"partner_id": team.partner.id}


def content_item(
    library_id: UUID, partner_id: UUID | None, i: int, suffix: str
) -> models.ContentItem:
    title = f"{NAMES[i % len(NAMES)]} {suffix}"
    return models.ContentItem(
        library_id=library_id,
        partner_id=partner_id,
        kind="POLICY",
        title=title,
        title_key=sort_key(title),
        price_minor=None if partner_id is None else 100,
        price_currency=None if partner_id is None else "USD",
        created_at=moment(i),
    )


def content_version(item_id: UUID, partner_id: UUID | None, number: int) -> models.ContentVersion:
    body = f"Version {number}"
    return models.ContentVersion(
        item_id=item_id,
        partner_id=partner_id,
        number=number,
        status="PUBLISHED",
        body=body,
        checksum=checksum(body),
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )


def attachment(version: models.ContentVersion, i: int) -> models.Attachment:
    return models.Attachment(
        item_id=version.item_id,
        version_id=version.id,
        partner_id=version.partner_id,
        name=f"{NAMES[i % len(NAMES)]} {i}.pdf",
        media_type="application/pdf",
        size=i,
        checksum=checksum(str(i)),
        created_at=moment(i),
    )
