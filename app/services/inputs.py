"""Inputs of use cases, as `perform` and the audit trail take them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def arguments(input: "DataclassInstance", **instead: Any) -> dict[str, Any]:
    """The input's values by name, without its idempotency key.

    `instead` replaces a value that is too large for the audit trail, such as a body by its
    checksum: repeats are told apart as well by it.
    """
    values = {**asdict(input), **instead}
    del values["idempotency_key"]
    return values
