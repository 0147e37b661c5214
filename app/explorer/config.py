"""The configuration of the explorer page: the demo's actors, and example operations.

`schema/operations/README.md` says how an operation file is written.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

OPERATIONS = Path(__file__).parents[2] / "schema" / "operations"
OPERATION_NAME = re.compile(r"^\s*(?:query|mutation|subscription)\s+([A-Za-z_]\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ExampleOperation:
    """One named operation of a portal page or a partner app. `variables` is JSON text or empty."""

    area: str
    name: str
    description: str
    document: str
    variables: str


def load_operations(folder: Path = OPERATIONS) -> list[ExampleOperation]:
    """Return the operations of a folder, ordered by file name. Raises ValueError naming an invalid
    file.
    """
    return [read_operation(path) for path in sorted(folder.glob("*.graphql"))]


def read_operation(path: Path) -> ExampleOperation:
    """Return the operation of a file. Raises ValueError for an invalid file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    comments = [line.removeprefix("#").removeprefix(" ") for line in lines[:count]]
    document = "\n".join(lines[count:]).strip()
    name = OPERATION_NAME.search(document)
    if not comments or not comments[0].startswith("area:") or name is None:
        raise ValueError(f"{path}: begin with `# area: ...`, and name the operation.")
    start = next((i for i, c in enumerate(comments) if c.startswith("variables:")), len(comments))
    return ExampleOperation(
        area=comments[0].removeprefix("area:").strip(),
        name=name.group(1),
        description=" ".join(comments[1:start]).strip(),
        document=document,
        variables=_variables(path, comments[start:]),
    )


def read_demo_keys(path: Path) -> list[dict[str, Any]]:
    """Return the demo's actors, each with id, label, description, role and key; none without the
    file.
    """
    keys: list[dict[str, Any]] = orjson.loads(path.read_bytes()) if path.exists() else []
    return keys


def explorer_config(
    demo_keys: list[dict[str, Any]] | None, ids: Mapping[str, Mapping[str, str]] | None = None
) -> bytes:
    """Return the JSON that the page reads when it starts. `keys` are for a demo only; None
    otherwise.

    `ids` has the values of placeholders by operation, under "" for all others.
    """
    operations = [_with_ids(operation, ids or {}) for operation in load_operations()]
    return orjson.dumps(
        {
            "endpoint": "/graphql",
            "demo": demo_keys is not None,
            "actors": [
                {name: key[name] for name in ("id", "label", "description", "key")}
                for key in demo_keys or ()
            ],
            "operations": [asdict(operation) for operation in operations],
        }
    )


def _with_ids(
    operation: ExampleOperation, ids: Mapping[str, Mapping[str, str]]
) -> ExampleOperation:
    """Return the operation with its known ids filled in. Other placeholders stay."""
    if not operation.variables:
        return operation
    known = ids.get(operation.name, ids.get("", {}))
    value = _filled_in(orjson.loads(operation.variables), known)
    return replace(operation, variables=_pretty(value))


def _filled_in(value: Any, known: Mapping[str, str]) -> Any:
    """Return a JSON value with placeholders such as `client_...` replaced by ids."""
    if isinstance(value, dict):
        return {key: _filled_in(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, known) for item in value]
    return known.get(value, value) if isinstance(value, str) and value.endswith("...") else value


def _variables(path: Path, comments: list[str]) -> str:
    text = "\n".join(comments).removeprefix("variables:").strip()
    if not text:
        return ""
    try:
        value = orjson.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: the variables are not JSON: {error}.") from error
    return _pretty(value)


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
