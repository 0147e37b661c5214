"""People: whether one may act now, and as whom. API keys and tokens both end here."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.auth.admission import MAX_SUBJECT
from app.auth.refusal import Reason, Unauthenticated
from app.domain.clients import ClientStatus, ClientUserStatus
from app.domain.emails import normalise_email
from app.domain.identity import Role
from app.domain.partners import AdvisorStatus, PartnerStatus
from app.persistence.database import Database, Dialect
from app.persistence.sql import bind

# The vendor user, advisor or client user found (aliases v, a, u), with its client and partner.
COLUMNS = """
    v.id AS vendor_user_id, v.role AS vendor_role, v.name AS vendor_name,
    a.id AS advisor_id, a.role AS team_role, a.status AS advisor_status,
    a.active_from AS active_from, a.active_to AS active_to, a.name AS advisor_name,
    u.id AS client_user_id, u.status AS user_status, u.name AS user_name,
    c.id AS client_id, c.status AS client_status,
    p.id AS partner_id, p.status AS partner_status
"""
_VENDOR_USER = "SELECT v.id FROM vendor_user v WHERE LOWER(v.email) = :email AND v.role = :role"
_ADVISOR = """SELECT a.id FROM advisor a JOIN partner p ON p.id = a.partner_id
    WHERE LOWER(a.email) = :email AND a.role = :role AND p.slug = :partner"""
_CLIENT_USER = """SELECT u.id FROM client_user u JOIN partner p ON p.id = u.partner_id
    WHERE LOWER(u.email) = :email AND p.slug = :partner"""
_BY_EMAIL = {
    Role.VENDOR_ADMIN: _VENDOR_USER,
    Role.VENDOR_ANALYST: _VENDOR_USER,
    Role.PARTNER_ADMIN: _ADVISOR,
    Role.ADVISOR: _ADVISOR,
    Role.CLIENT_USER: _CLIENT_USER,
}
_SUBJECTS: dict[Dialect, str] = {
    "postgres": "unnest(CAST(:subjects AS VARCHAR(255)[])) AS s(subject)",
    "sqlite": "(SELECT value AS subject FROM json_each(:subjects)) s",
}
_BY_SUBJECT = f"""
    SELECT s.subject AS subject, {COLUMNS} FROM :given
    LEFT JOIN vendor_user v ON v.subject = s.subject
    LEFT JOIN advisor a ON a.subject = s.subject
    LEFT JOIN client_user u ON u.subject = s.subject
    LEFT JOIN client c ON c.id = u.client_id
    LEFT JOIN partner p ON p.id = COALESCE(a.partner_id, u.partner_id)
"""


def actor_of(row: Mapping[str, Any], now: datetime, api_key_id: UUID | None = None) -> Actor:
    """The person of a row with COLUMNS, as an actor with the role that it has now.

    Raises Unauthenticated if the person, its client or its partner is not active.
    """
    if row["vendor_user_id"] is not None:
        return Actor(
            Role(row["vendor_role"]),
            as_uuid(row["vendor_user_id"]),
            api_key_id=api_key_id,
            name=row["vendor_name"],
        )
    require_active_partner(row)
    if row["advisor_id"] is not None:
        if row["advisor_status"] != AdvisorStatus.ACTIVE or not _in_time(row, now):
            raise Unauthenticated(Reason.PERSON_INACTIVE)
        return Actor(
            Role(row["team_role"]),
            as_uuid(row["advisor_id"]),
            as_uuid(row["partner_id"]),
            api_key_id=api_key_id,
            name=row["advisor_name"],
        )
    if row["user_status"] != ClientUserStatus.ACTIVE:
        raise Unauthenticated(Reason.PERSON_INACTIVE)
    if row["client_status"] not in (ClientStatus.ACTIVE, ClientStatus.PROVISIONING):
        raise Unauthenticated(Reason.CLIENT_INACTIVE)
    return Actor(
        Role.CLIENT_USER,
        as_uuid(row["client_user_id"]),
        as_uuid(row["partner_id"]),
        as_uuid(row["client_id"]),
        api_key_id=api_key_id,
        name=row["user_name"],
    )


def require_active_partner(row: Mapping[str, Any]) -> None:
    """Raise Unauthenticated unless the row's partner is ACTIVE."""
    if row["partner_status"] != PartnerStatus.ACTIVE:
        raise Unauthenticated(Reason.PARTNER_INACTIVE)


async def by_subject(database: Database, subject: str, now: datetime) -> Actor:
    """The person whom a token's subject names.

    Raises Unauthenticated if nobody has it, or more than one kind of person, or it is not active.
    """
    found = (await by_subjects(database, {subject}, now))[subject]
    if isinstance(found, Unauthenticated):
        raise found
    return found


async def by_subjects(
    database: Database, subjects: Collection[str], now: datetime
) -> dict[str, Actor | Unauthenticated]:
    """The people whom these subjects name, or why not, by one statement."""
    asked = [subject for subject in subjects if len(subject) <= MAX_SUBJECT]
    sql = _BY_SUBJECT.replace(":given", _SUBJECTS[database.dialect])
    text, values = bind(sql, {"subjects": asked}, database.dialect)
    rows = await database.read(lambda: database.rows(text, values))
    found = {row["subject"]: _person(row, now) for row in rows}
    nobody = Unauthenticated(Reason.TOKEN_SUBJECT_UNKNOWN)
    return {subject: found.get(subject, nobody) for subject in subjects}


def _person(row: Mapping[str, Any], now: datetime) -> Actor | Unauthenticated:
    ids = [row[name] for name in ("vendor_user_id", "advisor_id", "client_user_id")]
    if sum(id is not None for id in ids) != 1:
        return Unauthenticated(Reason.TOKEN_SUBJECT_UNKNOWN)
    try:
        return actor_of(row, now)
    except Unauthenticated as refusal:
        return refusal


async def by_email(database: Database, role: Role, email: str, partner: str | None) -> UUID:
    """The id of the person with this address who has this role now.

    `partner` is the slug of the partner whose person it is; None for the vendor's people. Raises
    LookupError with a sentence if there is no such person, or more than one.
    """
    if partner is None and _BY_EMAIL[role] is not _VENDOR_USER:
        raise LookupError(f"There is no {role} without a partner. Name the partner, by its slug.")
    if partner is not None and _BY_EMAIL[role] is _VENDOR_USER:
        raise LookupError(f"There is no {role} in a partner. Leave the partner out.")
    given = {"email": normalise_email(email), "role": role.value, "partner": partner}
    sql, values = bind(_BY_EMAIL[role], given, database.dialect)
    rows = await database.read(lambda: database.rows(sql, values))
    if len(rows) != 1:
        where = f" in the partner {partner!r}" if partner else ""
        count = "no" if not rows else "more than one"
        raise LookupError(f"There is {count} {role} with the address {email}{where}.")
    return UUID(str(rows[0]["id"]))


def as_uuid(value: Any) -> UUID | None:
    """An id as the drivers give it: text on SQLite."""
    return None if value is None else UUID(str(value))


def as_time(value: Any) -> datetime | None:
    """A moment as the drivers give it: text on SQLite."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _in_time(row: Mapping[str, Any], now: datetime) -> bool:
    start, end = as_time(row["active_from"]), as_time(row["active_to"])
    return (start is None or start <= now) and (end is None or now < end)
