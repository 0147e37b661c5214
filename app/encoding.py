"""JSON encoding of responses."""

from typing import Any

import orjson


def to_json(value: Any) -> bytes:
    """Encode a value as JSON in UTF-8. Times are in UTC and end in `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
