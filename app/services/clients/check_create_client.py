"""Check a new client before it is created, all of it or one step: nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.clients import CreateClientStep, check_users
from app.domain.errors import Problem, Refused
from app.services.clients.new_client import CreateClient, check_new_client
from app.services.clients.quote_client import Offered, offer_of
from app.services.partners.locking import partner_of
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class CreateClientCheck:
    """What createClient would say now.

    `problems` has an entry for each step that was asked for, empty if it is fine.
    """

    problems: Mapping[CreateClientStep, tuple[Problem, ...]]
    offered: Offered


async def check_create_client(
    caller: Caller, input: CreateClient, step: CreateClientStep | None = None
) -> CreateClientCheck:
    """Check one step of a new client, or (None) all three, by the rules of createClient.

    The idempotency key is ignored.
    """
    return await caller.database.read(lambda: _check(caller, input, step))


async def _check(
    caller: Caller, input: CreateClient, step: CreateClientStep | None
) -> CreateClientCheck:
    asked = [step] if step else list(CreateClientStep)
    try:
        partner = await partner_of(caller, input.partner_id)
    except Refused as refusal:
        # Plan and details depend on the partner; only the users can be checked without.
        found = {
            CreateClientStep.PLAN: tuple(refusal.problems),
            CreateClientStep.USERS: tuple(check_users(input.users)),
        }
        return CreateClientCheck({each: found.get(each, ()) for each in asked}, Offered())
    draft = await check_new_client(caller, partner, input, caller.clock.now())
    return CreateClientCheck({each: draft.problems[each] for each in asked}, await offer_of(draft))
