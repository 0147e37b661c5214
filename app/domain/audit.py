"""The chain of the audit trail: each entry's hash is over the entry and the hash before it.

Changing, adding or removing an entry means recomputing all hashes after it. An anchor, the last
hash stored elsewhere, then reveals it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

# The hash before the first entry.
GENESIS = "0" * 64
# All columns of an entry except its hash.
FIELDS = (
    "number",
    "id",
    "at",
    "actor_role",
    "actor_id",
    "api_key_id",
    "action",
    "partner_id",
    "subject_id",
    "correlation_id",
    "input",
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some time: the number of entries, and the last one's hash."""

    number: int
    hash: str


def link_hash(entry: Mapping[str, Any], previous: str) -> str:
    """Return the hash of an entry, 64 lower-case hex digits. `previous` is that of the entry
    before.

    `entry` has the `FIELDS`: ids as UUID or text, `at` with a time zone, `input` as plain JSON
    values. Raises KeyError if one is missing.
    """
    content = {name: _plain(entry[name]) for name in FIELDS}
    text = json.dumps([previous, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def faults(
    entries: Iterable[Mapping[str, Any]], behind: Anchor, anchors: Iterable[Anchor]
) -> Iterator[str]:
    """Yield the faults in entries that should follow `behind` in the chain, a sentence for each.

    `entries` are in order of their number, with their `hash`; `anchors` are ends of the chain that
    were stored elsewhere. A changed entry is reported once: checking continues from its stored
    hash.
    """
    kept: dict[int, set[str]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.number, set()).add(anchor.hash)
    number, previous = behind.number, behind.hash
    for entry in entries:
        if entry["number"] != number + 1:
            yield f"Before entry {entry['number']} entries are missing: {number} comes before it."
        elif link_hash(entry, previous) != entry["hash"]:
            yield f"Entry {entry['number']} was changed, or one before it was replaced."
        number, previous = entry["number"], entry["hash"]
        if kept.get(number, set()) - {previous}:
            yield f"Entry {number} does not have the anchored hash: the chain was rebuilt."


def _plain(value: Any) -> Any:
    """Return a value as both databases return it: a number keeps its value, not its notation."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        # By the digits as written, which may differ from the exact binary value.
        return int(Decimal(repr(value)))
    return value if isinstance(value, (bool, int, float, type(None))) else str(value)
