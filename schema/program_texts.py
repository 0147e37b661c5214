"""What a program version says as texts: its YAML file, its changes in sentences."""

from collections.abc import Mapping
from typing import Any

import orjson
from cachetools import LRUCache

from app.domain.programs.difference import differences
from app.domain.programs.parse import parse_program
from app.domain.programs.program_text import program_yaml
from app.persistence import models
from app.reads.sources import Fetch, Wanted

# A version never changes what it says, and writing it out costs some milliseconds.
_YAML: LRUCache[str, str] = LRUCache(256)
_CHANGES: LRUCache[tuple[str, str], list[str]] = LRUCache(256)

# A version beside the one published before it: a draft in between is nobody's business yet.
_BESIDE = """
SELECT t.id AS id, t.checksum AS checksum, t.definition AS definition,
    b.checksum AS checksum_before, b.definition AS definition_before
FROM program_version t JOIN program_version b
    ON b.program_id = t.program_id AND b.status <> 'DRAFT' AND b.number = (
        SELECT MAX(m.number) FROM program_version m
        WHERE m.program_id = t.program_id AND m.number < t.number AND m.status <> 'DRAFT')
WHERE t.id{keys} AND {scope}
"""


def version_yaml(definition: dict[str, Any], checksum: str) -> str:
    """A version's canonical file as YAML."""
    if checksum not in _YAML:
        _YAML[checksum] = program_yaml(parse_program(definition))
    return _YAML[checksum]


async def version_changes(fetch: Fetch, wanted: Wanted) -> Mapping[str, list[str]]:
    """The changes of each version against the one published before it, by its id."""
    rows = await fetch(models.ProgramVersion, _BESIDE)
    return {str(row["id"]): _changes(row) for row in rows}


def _changes(row: Mapping[str, Any]) -> list[str]:
    pair = (row["checksum_before"], row["checksum"])
    if pair not in _CHANGES:
        before, after = (
            parse_program(_json(row[key])) for key in ("definition_before", "definition")
        )
        _CHANGES[pair] = differences(before, after)
    return _CHANGES[pair]


def _json(raw: Any) -> Any:
    return orjson.loads(raw) if isinstance(raw, str | bytes) else raw
