"""Setting up: what a new deployment needs before its first partner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.auth.actor import Actor
from app.auth.audit_trail import record
from app.domain.checks import check_currency, check_line
from app.domain.clock import Clock
from app.domain.content import LibraryKind
from app.domain.emails import check_email, normalise_email
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.programs.parse import parse_program
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.database import Database
from app.persistence.models import ContentLibrary, Vendor, VendorUser
from app.programs import load_preset
from app.services.billing.import_catalogue import import_catalogue, shipped_catalogue
from app.services.programs.import_program import import_program


@dataclass(frozen=True, slots=True)
class SetUp:
    """The vendor, its first administrator, and the preset program to start with."""

    vendor_name: str
    home_currency: str
    time_zone: str
    admin_name: str
    admin_email: str
    program: str


async def set_up(database: Database, clock: Clock, input: SetUp) -> UUID:
    """Write the vendor, its administrator, the shipped catalogue, a program and the open library.

    Gives the administrator's id. Raises Refused with REQUIRED, TOO_LONG or INVALID for a value, and
    ALREADY_DONE if there is a vendor: one deployment serves one.
    """
    if problems := _problems(input):
        raise Refused(problems)
    return await database.transaction(lambda: _write(input, clock.now()))


def _problems(input: SetUp) -> list[Problem]:
    problems = check_line(input.vendor_name, "vendorName")
    problems += check_currency(input.home_currency, "homeCurrency")
    problems += check_line(input.admin_name, "adminName")
    problems += check_email(input.admin_email, "adminEmail")
    try:
        ZoneInfo(input.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "Give a time zone such as Europe/Berlin."
        problems.append(Problem(ErrorCode.INVALID, message, ("timeZone",)))
    return problems


async def _write(input: SetUp, now: datetime) -> UUID:
    if await Vendor.exists():
        raise refuse(ErrorCode.ALREADY_DONE, "This database has a vendor already.")
    await Vendor.create(
        name=input.vendor_name,
        home_currency=input.home_currency,
        time_zone=input.time_zone,
        created_at=now,
    )
    admin = await VendorUser.create(
        name=input.admin_name,
        name_key=sort_key(input.admin_name),
        email=normalise_email(input.admin_email),
        role=Role.VENDOR_ADMIN,
        created_at=now,
    )
    await ContentLibrary.create(kind=LibraryKind.OPEN, name="Open library", created_at=now)
    await import_catalogue(shipped_catalogue(ZoneInfo(input.time_zone)), at=now)
    program = await import_program(parse_program(load_preset(input.program)), at=now)
    await append(
        EventType.PROGRAM_VERSION_PUBLISHED,
        subject_id=program.version_id,
        actor=Actor(Role.VENDOR_ADMIN, admin.id),
        at=now,
        partner_id=None,
        data={"program": input.program, "number": program.number},
    )
    await record(
        "setUp",
        at=now,
        actor_role=Role.VENDOR_ADMIN,
        actor_id=admin.id,
        subject_id=admin.id,
        correlation_id="command-line",
        input={"vendorName": input.vendor_name, "program": input.program},
    )
    return admin.id
