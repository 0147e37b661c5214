"""Partners come into a group, or leave it: what is meant for the group appears, or is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.auth.scope import visible_ids
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.groups import MAX_MEMBERS_AT_ONCE
from app.domain.ids import global_id
from app.events.outbox import append
from app.persistence.models import Partner, PartnerGroup, PartnerGroupMember
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class SetPartnerGroupMembers:
    """The group, the partners that come into it and those that leave it."""

    idempotency_key: str
    group_id: UUID
    add: tuple[UUID, ...] = ()
    remove: tuple[UUID, ...] = ()


async def set_partner_group_members(
    caller: Caller, input: SetPartnerGroupMembers
) -> Mapping[str, UUID]:
    """Change who is in a group; gives the id `partner_group`.

    Who is in already, or is not in, is passed over. Partners that have adopted content keep it.
    Raises Refused with NOT_FOUND, REQUIRED (nobody named), INVALID (too many, or one on both
    lists), ALREADY_DONE (nothing would change).
    """

    async def work(now: datetime) -> Done:
        group = await require(caller, PartnerGroup, input.group_id, "groupId")
        # Locked: of two changes at once the second sees what the first has done.
        await PartnerGroup.select_for_update(no_key=True).get(id=group.id)
        if problems := await _problems(caller, input):
            raise Refused(problems)
        named = [*input.add, *input.remove]
        members = await PartnerGroupMember.filter(group_id=group.id, partner_id__in=named)
        inside = {member.partner_id for member in members}
        added = [id for id in dict.fromkeys(input.add) if id not in inside]
        removed = [id for id in dict.fromkeys(input.remove) if id in inside]
        if not added and not removed:
            raise refuse(
                ErrorCode.ALREADY_DONE, "The group has just these members already.", "groupId"
            )
        await PartnerGroupMember.bulk_create(
            PartnerGroupMember(group_id=group.id, partner_id=id, added_at=now) for id in added
        )
        await PartnerGroupMember.filter(group_id=group.id, partner_id__in=removed).delete()
        await append(
            EventType.PARTNER_GROUP_CHANGED,
            subject_id=group.id,
            partner_id=None,
            actor=caller.actor,
            at=now,
            data={"key": group.key, "added": _public(added), "removed": _public(removed)},
        )
        return Done(group.id, None, {"partner_group": group.id})

    given = arguments(input)
    return await perform(caller, "setPartnerGroupMembers", input.idempotency_key, given, work)


async def _problems(caller: Caller, input: SetPartnerGroupMembers) -> list[Problem]:
    named = [*input.add, *input.remove]
    if not named:
        return [Problem(ErrorCode.REQUIRED, "Name partners to add or to remove.", ("add",))]
    if len(named) > MAX_MEMBERS_AT_ONCE:
        message = f"Name at most {MAX_MEMBERS_AT_ONCE:,} partners at once, not {len(named):,}."
        return [Problem(ErrorCode.INVALID, message, ("add" if input.add else "remove",))]
    known = await visible_ids(caller.database, caller.actor, Partner, named)
    problems = [
        Problem(ErrorCode.NOT_FOUND, "There is no such partner. Check the id.", (list_, str(place)))
        for list_, ids in (("add", input.add), ("remove", input.remove))
        for place, id in enumerate(ids)
        if id not in known
    ]
    return problems + [
        Problem(ErrorCode.INVALID, "This partner is to be added, too.", ("remove", str(place)))
        for place, id in enumerate(input.remove)
        if id in input.add
    ]


def _public(ids: Sequence[UUID]) -> list[str]:
    return [global_id("Partner", id) for id in ids]
