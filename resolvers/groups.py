"""Queries and mutations on groups of partners."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.partners.create_partner_group import CreatePartnerGroup, create_partner_group
from app.services.partners.set_partner_group_members import (
    SetPartnerGroupMembers,
    set_partner_group_members,
)
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.connections import Connection
from schema.groups import PARTNER_GROUPS, PartnerGroup
from schema.inputs.groups import (
    CreatePartnerGroupInput,
    CreatePartnerGroupPayload,
    SetPartnerGroupMembersInput,
    SetPartnerGroupMembersPayload,
)
from schema.node import required_id, row_ids


@strawberry.type
class GroupQueries:
    """Groups of partners."""

    partner_groups: Connection[PartnerGroup] = root_page(
        Action.READ_PARTNERS,
        "The groups of partners, the oldest first: all for the vendor, those that it is in for a "
        "partner.",
        "PartnerGroup",
        PARTNER_GROUPS,
    )


@strawberry.type
class GroupMutations:
    """Changes to groups of partners."""

    @mutation(Action.EDIT_GROUPS, "Create a group of partners, to which content can be limited.")
    async def create_partner_group(
        self,
        info: strawberry.Info,
        input: Annotated[CreatePartnerGroupInput, strawberry.argument(description="The group.")],
    ) -> CreatePartnerGroupPayload:
        """Make a group."""
        use_case = CreatePartnerGroup(input.idempotency_key, input.key, input.name)
        work = create_partner_group(info.context.caller, use_case)
        return await answer(CreatePartnerGroupPayload, work)

    @mutation(
        Action.EDIT_GROUPS,
        "Add partners to a group or remove them: they start or stop seeing the content limited "
        "to the group.",
    )
    async def set_partner_group_members(
        self,
        info: strawberry.Info,
        input: Annotated[
            SetPartnerGroupMembersInput, strawberry.argument(description="The changes.")
        ],
    ) -> SetPartnerGroupMembersPayload:
        """Change the members."""
        use_case = SetPartnerGroupMembers(
            idempotency_key=input.idempotency_key,
            group_id=required_id(input.group_id, "PartnerGroup"),
            add=row_ids(input.add, "Partner") or (),
            remove=row_ids(input.remove, "Partner") or (),
        )
        work = set_partner_group_members(info.context.caller, use_case)
        return await answer(SetPartnerGroupMembersPayload, work)
