"""A new group of partners: a segment that content may be meant for (S3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.groups import check_group
from app.events.outbox import append
from app.persistence.models import PartnerGroup
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class CreatePartnerGroup:
    """The group's key, by which content names it, and its name for people."""

    idempotency_key: str
    key: str
    name: str


async def create_partner_group(caller: Caller, input: CreatePartnerGroup) -> Mapping[str, UUID]:
    """Create a group without members; gives the id `partner_group`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for a value, DUPLICATE for a key in use.
    """

    async def work(now: datetime) -> Done:
        if problems := check_group(input.key, input.name):
            raise Refused(problems)
        if await PartnerGroup.exists(key=input.key):
            raise refuse(ErrorCode.DUPLICATE, "There is a group with this key already.", "key")
        name = " ".join(input.name.split())
        group = await PartnerGroup.create(key=input.key, name=name, created_at=now)
        await append(
            EventType.PARTNER_GROUP_CREATED,
            subject_id=group.id,
            partner_id=None,
            actor=caller.actor,
            at=now,
            data={"key": group.key, "name": group.name},
        )
        return Done(group.id, None, {"partner_group": group.id})

    given = arguments(input)
    return await perform(caller, "createPartnerGroup", input.idempotency_key, given, work)
