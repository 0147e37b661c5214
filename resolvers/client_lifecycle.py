"""Mutations that pause and archive client teams, and bring them back."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.restore_client import RestoreClient, restore_client
from app.services.clients.suspend_client import (
    ResumeClient,
    SuspendClient,
    resume_client,
    suspend_client,
)
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.inputs.client_lifecycle import (
    ArchiveClientInput,
    ArchiveClientPayload,
    RestoreClientInput,
    RestoreClientPayload,
    ResumeClientInput,
    ResumeClientPayload,
    SuspendClientInput,
    SuspendClientPayload,
)
from schema.node import required_id, row_ids


@strawberry.type
class ClientLifeMutations:
    """The life of client teams."""

    @mutation(
        Action.SUSPEND_CLIENT,
        "Suspend a client: nothing new can be started, and its users cannot sign in. Its licence "
        "runs on and is charged.",
    )
    async def suspend_client(
        self,
        info: strawberry.Info,
        input: Annotated[SuspendClientInput, strawberry.argument(description="Which, and why.")],
    ) -> SuspendClientPayload:
        """Suspend a client."""
        use_case = SuspendClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            reason=input.reason,
        )
        return await answer(SuspendClientPayload, suspend_client(info.context.caller, use_case))

    @mutation(Action.SUSPEND_CLIENT, "Make a suspended client active again.")
    async def resume_client(
        self,
        info: strawberry.Info,
        input: Annotated[ResumeClientInput, strawberry.argument(description="The client.")],
    ) -> ResumeClientPayload:
        """Resume a client."""
        use_case = ResumeClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
        )
        return await answer(ResumeClientPayload, resume_client(info.context.caller, use_case))

    @mutation(
        Action.ARCHIVE_CLIENT,
        "Archive a client: its subscription is cancelled, its advisors leave, its domain is free.",
    )
    async def archive_client(
        self,
        info: strawberry.Info,
        input: Annotated[ArchiveClientInput, strawberry.argument(description="The client.")],
    ) -> ArchiveClientPayload:
        """Archive a client."""
        use_case = ArchiveClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
        )
        return await answer(ArchiveClientPayload, archive_client(info.context.caller, use_case))

    @mutation(
        Action.ARCHIVE_CLIENT,
        "Restore an archived client with its users and content: on FREE, or on the plan of the "
        "slot that it still holds; without a subscription; with the advisors named.",
    )
    async def restore_client(
        self,
        info: strawberry.Info,
        input: Annotated[RestoreClientInput, strawberry.argument(description="The client.")],
    ) -> RestoreClientPayload:
        """Restore a client."""
        use_case = RestoreClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            advisor_ids=row_ids(input.advisor_ids, "Advisor") or (),
        )
        return await answer(RestoreClientPayload, restore_client(info.context.caller, use_case))
