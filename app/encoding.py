"""The JSON of responses."""

from typing import Any

import orjson


def to_json(value: Any) -> bytes:
    """A value as JSON in UTF-8. Moments, which are UTC, end in `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
