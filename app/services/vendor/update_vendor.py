"""The vendor's own name, website, address and tax id change in what is given."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.addresses import Address, check_address, check_tax_id
from app.domain.checks import check_line
from app.domain.domains import normalise_domain
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Vendor
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UpdateVendor:
    """What to change; None leaves a value as it is. A blank `website` or `tax_id` takes it away."""

    idempotency_key: str
    name: str | None = None
    website: str | None = None
    address: Address | None = None
    tax_id: str | None = None


async def update_vendor(caller: Caller, input: UpdateVendor) -> Mapping[str, UUID]:
    """Change who issues invoices from now on; gives the id `vendor`.

    Those that are issued keep theirs. Raises Refused with REQUIRED (nothing to change, a blank
    value), TOO_LONG and INVALID at the values, and NOT_FOUND if nothing was set up yet.
    """
    return await perform(
        caller,
        "updateVendor",
        input.idempotency_key,
        arguments(input),
        lambda now: _update(caller, input, now),
    )


async def _update(caller: Caller, input: UpdateVendor, now: datetime) -> Done:
    changed = _given(input)
    if not changed:
        raise refuse(ErrorCode.REQUIRED, "Give at least one value to change.")
    if problems := _problems(input):
        raise Refused(problems)
    vendor = await Vendor.first()
    if vendor is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no vendor yet: set the service up first.")
    await Vendor.filter(id=vendor.id).update(**_columns(input))
    await append(
        EventType.VENDOR_UPDATED,
        subject_id=vendor.id,
        partner_id=None,
        actor=caller.actor,
        at=now,
        data={"changed": changed},
    )
    return Done(vendor.id, None, {"vendor": vendor.id})


def _given(input: UpdateVendor) -> list[str]:
    """The names of the given values, as the API calls them."""
    values = {
        "name": input.name,
        "website": input.website,
        "address": input.address,
        "taxId": input.tax_id,
    }
    return [name for name, value in values.items() if value is not None]


def _problems(input: UpdateVendor) -> list[Problem]:
    problems = check_tax_id(input.tax_id, "taxId")
    if input.name is not None:
        problems += check_line(input.name, "name")
    if input.address is not None:
        within = check_address(input.address)
        problems += [replace(each, field=("address", *each.field)) for each in within]
    try:
        _website(input.website)
    except ValueError as error:
        problems.append(Problem(ErrorCode.INVALID, str(error), ("website",)))
    return problems


def _columns(input: UpdateVendor) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if input.name is not None:
        columns["name"] = input.name.strip()
    if input.website is not None:
        columns["website"] = _website(input.website)
    if input.address is not None:
        columns["address"] = input.address.data
    if input.tax_id is not None:
        columns["tax_id"] = input.tax_id.strip() or None
    return columns


def _website(given: str | None) -> str | None:
    """The website's domain; None for nothing. Raises ValueError with a sentence for the user."""
    return normalise_domain(given) if given and given.strip() else None
