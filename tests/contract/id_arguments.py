"""Every place of the schema that takes an id: found by looking, so that no new one is left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry import Schema

from tests.contract.documents import SAMPLES, arguments, core, is_connection

# What a place takes by its name, or by all of itself where the name does not say.
NAMES = {
    "partnerId": "Partner",
    "clientId": "Client",
    "fromClientId": "Client",
    "toClientId": "Client",
    "clientUserId": "ClientUser",
    "advisorId": "Advisor",
    "advisorIds": "Advisor",
    "successorId": "Advisor",
    "templateId": "ClientTemplate",
    "contentItemId": "ContentItem",
    "versionId": "ContentVersion",
    "invitationId": "Invitation",
    "invoiceId": "Invoice",
    "lineId": "InvoiceLine",
    "statementId": "Statement",
    "approvalId": "TierApproval",
    "endpointId": "WebhookEndpoint",
    "deliveryId": "WebhookDelivery",
}
PLACES = {
    "Query.partner.id": "Partner",
    "Query.partner.slug": "Partner",
    "Query.client.id": "Client",
    "Query.contentItem.id": "ContentItem",
    "Query.clientTemplate.id": "ClientTemplate",
    "Query.invoice.id": "Invoice",
    "Query.invoice.number": "Invoice",
    "Query.previewContentPush.input.templates.ids": "ClientTemplate",
    "Query.previewContentPush.input.clients.ids": "Client",
    "Query.previewContentPush.input.partners.ids": "Partner",
    "Mutation.pushContent.input.templates.ids": "ClientTemplate",
    "Mutation.pushContent.input.clients.ids": "Client",
    "Mutation.pushContent.input.partners.ids": "Partner",
    "Mutation.setPartnerGroupMembers.input.add": "Partner",
    "Mutation.setPartnerGroupMembers.input.remove": "Partner",
    "Mutation.approveAccruals.input.ids": "Accrual",
    "Mutation.reverseActivity.input.record.id": "ActivityRecord",
}
# They take the id of anything.
OF_ANYTHING = {"Query.node.id", "Query.nodes.ids", "Viewer.can.on"}
# What they name is of the vendor: the same for all, or nothing that a partner may name at all.
OF_THE_VENDOR = {
    "Query.previewProgramVersion.versionId",
    "Mutation.publishProgramVersion.input.versionId",
    "Mutation.createPartner.input.managerId",
    "Mutation.setPartnerGroupMembers.input.groupId",
}
CODES = ("bracket", "bundleCode")
# Arguments that name one object, besides ids.
OTHER_NAMES = (("slug",), ("number",))


@dataclass(frozen=True)
class Place:
    """One argument, or a part of one, that takes an id. `path` begins with the argument."""

    on: str
    field: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.on, self.field, *self.path))

    @property
    def takes(self) -> str | None:
        """The type of the objects that it names; None for anything, or for none of a partner's."""
        return PLACES.get(str(self)) or NAMES.get(self.path[-1])


def places(schema: Schema) -> list[Place]:
    """All of them, on root fields and on the fields of any object."""
    found = []
    for type_ in core(schema).type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                for argument, declared in field.args.items():
                    for path in _paths(declared.type, (argument,), ()):
                        place = Place(type_.name, name, path)
                        if path[-1] not in CODES:
                            found.append(place)
    return found


def _paths(type_: Any, path: tuple[str, ...], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    named = get_named_type(type_)
    if named.name == "ID" or path in OTHER_NAMES:
        yield path
    elif isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, field in named.fields.items():
            yield from _paths(field.type, (*path, name), (*above, named.name))


def put(type_: Any, given: Any, path: tuple[str, ...], id: str) -> Any:
    """A value of an input type with `id` at a path: what was given, and the least that must be."""
    if is_non_null_type(type_):
        return put(type_.of_type, given, path, id)
    if is_list_type(type_):
        first = given[0] if isinstance(given, list) and given else None
        return [put(type_.of_type, first, path, id)]
    if not path:
        return id
    inside = _inside(type_, given, path[0])
    inside[path[0]] = put(type_.fields[path[0]].type, inside.get(path[0]), path[1:], id)
    return inside


def _inside(type_: GraphQLInputObjectType, given: Any, wanted: str) -> dict[str, Any]:
    given = given if isinstance(given, dict) else {}
    if type_.extensions["strawberry-definition"].is_one_of:
        return {wanted: given.get(wanted)}
    required = {k: v for k, v in type_.fields.items() if is_required_input_field(v)}
    return {k: least(v.type) for k, v in required.items()} | given


def least(type_: Any) -> Any:
    """The least value of an input type, as a variable holds it."""
    if is_non_null_type(type_):
        return least(type_.of_type)
    if is_list_type(type_):
        return [least(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.extensions["strawberry-definition"].is_one_of:
            name, field = next(iter(type_.fields.items()))
            return {name: least(field.type)}
        return _inside(type_, None, "")
    if type_.name in ("Int", "Float", "Boolean"):
        return 1
    return SAMPLES.get(type_.name, '"x"').strip('"') or "x"


def field_call(field: GraphQLField, name: str, place: Place, **more: str) -> tuple[str, str]:
    """The declaration of a variable for the place's argument, and the field with its arguments."""
    argument = place.path[0]
    others = {k: v for k, v in field.args.items() if is_required_argument(v) and k != argument}
    text = arguments(GraphQLField(field.type, others), **more)
    given = f"{argument}: $v" + (f", {text[1:-1]}" if text else "")
    return f"$v: {field.args[argument].type}", f"{name}({given}) {all_of(field.type)}"


def all_of(type_: Any, depth: int = 2) -> str:
    """All plain fields of an object, and of those that it leads to; of connections, the nodes."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if is_connection(named):
        return f"{{ totalCount nodes {all_of(named.fields['nodes'].type, depth)} }}"
    if isinstance(named, GraphQLInterfaceType):
        return "{ __typename id }"
    if not isinstance(named, GraphQLObjectType):
        return "{ __typename }"
    parts = ["__typename"]
    for name, field in named.fields.items():
        if any(map(is_required_argument, field.args.values())):
            continue
        if is_leaf_type(get_named_type(field.type)):
            parts.append(name)
        elif depth > 1 and not is_connection(field.type):
            parts.append(f"{name} {all_of(field.type, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"
