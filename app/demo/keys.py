"""API keys for acting as each role on a demo server: random, created once, stored with the data."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.auth.api_keys import NewKey, create_key, verify_key
from app.auth.people import as_uuid
from app.auth.refusal import Reason, Unauthenticated
from app.demo.featured_partner import BIG_PARTNER, first_row
from app.demo.load import is_loaded
from app.domain.clock import Clock
from app.domain.identity import Role, Scope
from app.persistence.database import Database

FILE = "demo-keys.json"

# The advisor with the most live assignments in the partner that has the most clients, the first
# of that partner's admins, and a user of one of that advisor's clients.
_OF_VENDOR = """
SELECT v.id, v.name FROM vendor_user v WHERE v.role = :role ORDER BY v.created_at, v.id LIMIT 1
"""
_ADMIN = """
SELECT a.id, a.name FROM advisor a
WHERE a.partner_id = :partner AND a.role = 'PARTNER_ADMIN' AND a.status = 'ACTIVE'
ORDER BY a.created_at, a.id LIMIT 1
"""
_ADVISOR = """
SELECT a.id, a.name FROM advisor a
JOIN advisor_assignment s ON s.advisor_id = a.id AND s.ended_at IS NULL
WHERE a.partner_id = :partner AND a.role = 'ADVISOR' AND a.status = 'ACTIVE'
GROUP BY a.id, a.name ORDER BY COUNT(*) DESC, a.id LIMIT 1
"""
_CLIENT_USER = """
SELECT u.id, u.name, c.name AS client FROM client_user u
JOIN client c ON c.id = u.client_id AND c.status = 'ACTIVE' AND c.plan_id = 'FULL_FEATURE'
JOIN advisor_assignment s ON s.client_id = c.id AND s.ended_at IS NULL
WHERE u.status = 'ACTIVE' AND s.advisor_id = :advisor
ORDER BY c.created_at, c.id, u.created_at, u.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class DemoKey:
    """One entry of the explorer's "act as" menu; the public has no key."""

    id: str
    label: str
    description: str
    role: Role
    key: str | None


async def demo_keys(
    database: Database, clock: Clock, secret: bytes, folder: Path
) -> Sequence[DemoKey]:
    """Return the demo's keys from `demo-keys.json` in the folder. Creates and writes them if
    needed.

    New keys are created if the file is missing or damaged, or its keys are not in the database.
    `secret` is the server's. Raises LookupError if this is not a demo database.
    """
    if not await is_loaded(database):
        raise LookupError("This is not a demo database: load the demo data into an empty one.")
    path = folder / FILE
    kept = _read(path)
    if kept and await _known(database, clock, secret, kept):
        return kept
    made = []
    for entry, new in await _wanted(database):
        created = await create_key(database, clock, secret, new)
        made.append(replace(entry, key=created.text))
    made.append(DemoKey("public", "Public", "Anyone without a key.", Role.PUBLIC, None))
    _write(path, made)
    return made


async def _wanted(database: Database) -> list[tuple[DemoKey, NewKey]]:
    """Return the entries that need a key, each with the key to create for it."""
    partner = await _one(database, BIG_PARTNER)
    admin = await _one(database, _ADMIN, partner=partner["id"])
    advisor = await _one(database, _ADVISOR, partner=partner["id"])
    user = await _one(database, _CLIENT_USER, advisor=advisor["id"])
    team = partner["name"]
    vendor = (await _one(database, "SELECT v.name FROM vendor v"))["name"]
    vendor_admin = await _one(database, _OF_VENDOR, role=Role.VENDOR_ADMIN.value)
    analyst = await _one(database, _OF_VENDOR, role=Role.VENDOR_ANALYST.value)
    app = DemoKey(
        "partner_app", "Partner app", f"An app of {team} with every scope.", Role.APP, None
    )
    scopes = frozenset(Scope)
    return [
        # The explorer starts as the first one: most examples are for partners.
        _person("partner_admin", "Partner admin", Role.PARTNER_ADMIN, admin, team),
        _person("advisor", "Advisor", Role.ADVISOR, advisor, team),
        _person("client_user", "Client user", Role.CLIENT_USER, user, user["client"]),
        _person("vendor_admin", "Vendor admin", Role.VENDOR_ADMIN, vendor_admin, vendor),
        _person("vendor_analyst", "Vendor analyst", Role.VENDOR_ANALYST, analyst, vendor),
        (app, NewKey("Demo: partner app", Role.APP, None, as_uuid(partner["id"]), scopes)),
    ]


def _person(
    id: str, label: str, role: Role, person: Mapping[str, Any], of: str
) -> tuple[DemoKey, NewKey]:
    entry = DemoKey(id, label, f"{person['name']} of {of}.", role, None)
    return entry, NewKey(f"Demo: {label.lower()}", role, as_uuid(person["id"]))


async def _one(database: Database, sql: str, **values: Any) -> Mapping[str, Any]:
    row = await first_row(database, sql, **values)
    if row is None:
        raise LookupError("There is nobody to create demo keys for: load the demo data first.")
    return row


async def _known(database: Database, clock: Clock, secret: bytes, kept: Sequence[DemoKey]) -> bool:
    """Return whether the keys exist for this database and secret, valid or not."""
    for entry in kept:
        try:
            if entry.key is not None:
                await verify_key(database, clock, secret, entry.key)
        except Unauthenticated as refused:
            # Keys that were revoked, and actors that were suspended, stay so.
            if refused.reason is Reason.KEY_UNKNOWN:
                return False
    return True


def _read(path: Path) -> list[DemoKey]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [DemoKey(**entry | {"role": Role(entry["role"])}) for entry in entries]
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return []


def _write(path: Path, keys: Sequence[DemoKey]) -> None:
    """Write the file atomically, readable only by its owner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(key) for key in keys], file, indent=2, ensure_ascii=False)
    draft.replace(path)
