"""Queries and mutations on client templates."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.templates.clone_client_template import (
    CloneClientTemplate,
    clone_client_template,
)
from app.services.templates.create_client_template import (
    CreateClientTemplate,
    create_client_template,
)
from app.services.templates.update_client_template import (
    UpdateClientTemplate,
    update_client_template,
)
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.connections import Connection
from schema.inputs.templates import (
    CloneClientTemplateInput,
    CloneClientTemplatePayload,
    CreateClientTemplateInput,
    CreateClientTemplatePayload,
    UpdateClientTemplateInput,
    UpdateClientTemplatePayload,
    used_items,
)
from schema.node import required_id, row_ids
from schema.planned import selection_of
from schema.templates import (
    CLIENT_TEMPLATES,
    ClientTemplate,
    ClientTemplateFilter,
    ClientTemplateOrder,
)


@strawberry.type
class TemplateQueries:
    """Templates."""

    @query(Action.READ_TEMPLATES, "A client template by id; null if there is none to see.")
    async def client_template(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    ) -> ClientTemplate | None:
        """One template."""
        return await info.context.reads.one(selection_of(info), required_id(id, "ClientTemplate"))

    client_templates: Connection[ClientTemplate] = root_page(
        Action.READ_TEMPLATES,
        "The client templates that you may see.",
        "ClientTemplate",
        CLIENT_TEMPLATES,
        ClientTemplateFilter,
        ClientTemplateOrder,
    )


@strawberry.type
class TemplateMutations:
    """Changes to templates."""

    @mutation(Action.EDIT_TEMPLATES, "Make a client template for your partner team.")
    async def create_client_template(
        self,
        info: strawberry.Info,
        input: Annotated[
            CreateClientTemplateInput, strawberry.argument(description="The template.")
        ],
    ) -> CreateClientTemplatePayload:
        """Make a template."""
        use_case = CreateClientTemplate(
            idempotency_key=input.idempotency_key,
            name=input.name,
            plan_code=input.plan_code,
            description=input.description,
            engagement_type=input.engagement_type,
            items=used_items(input.items or []),
            advisor_ids=row_ids(input.advisor_ids, "Advisor") or (),
        )
        work = create_client_template(info.context.caller, use_case)
        return await answer(CreateClientTemplatePayload, work)

    @mutation(
        Action.EDIT_TEMPLATES,
        "Change a client template. Clients created from it do not change.",
    )
    async def update_client_template(
        self,
        info: strawberry.Info,
        input: Annotated[
            UpdateClientTemplateInput, strawberry.argument(description="The changes.")
        ],
    ) -> UpdateClientTemplatePayload:
        """Change a template."""
        use_case = UpdateClientTemplate(
            idempotency_key=input.idempotency_key,
            template_id=required_id(input.template_id, "ClientTemplate"),
            name=input.name,
            description=input.description,
            engagement_type=input.engagement_type,
            plan_code=input.plan_code,
            items=None if input.items is None else used_items(input.items),
            advisor_ids=row_ids(input.advisor_ids, "Advisor"),
            status=input.status,
        )
        work = update_client_template(info.context.caller, use_case)
        return await answer(UpdateClientTemplatePayload, work)

    @mutation(
        Action.EDIT_TEMPLATES,
        "Copy a client template of your team, with all that it holds, under a new name.",
    )
    async def clone_client_template(
        self,
        info: strawberry.Info,
        input: Annotated[
            CloneClientTemplateInput, strawberry.argument(description="The template.")
        ],
    ) -> CloneClientTemplatePayload:
        """Copy a template."""
        use_case = CloneClientTemplate(
            idempotency_key=input.idempotency_key,
            template_id=required_id(input.template_id, "ClientTemplate"),
            name=input.name,
        )
        work = clone_client_template(info.context.caller, use_case)
        return await answer(CloneClientTemplatePayload, work)
