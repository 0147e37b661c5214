"""Checks a value against a JSON Schema, for the keywords that the schema of programs uses."""

import json
import re
from typing import Any

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "null": type(None),
}
_NOTES = {"$schema", "$defs", "title", "description", "then", "else"}


class Checker:
    """Checks values against one schema; an unknown keyword is an error."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema

    def accepts(self, value: object, schema: Any = None) -> bool:
        """Whether the schema (the whole one by default) takes the value."""
        schema = self._root if schema is None else schema
        if isinstance(schema, bool):
            return schema
        return all(
            self._keyword(keyword, wanted, schema, value)
            for keyword, wanted in schema.items()
            if keyword not in _NOTES
        )

    def _keyword(self, keyword: str, wanted: Any, schema: dict[str, Any], value: Any) -> bool:
        match keyword:
            case "$ref":
                return self.accepts(value, self._root["$defs"][wanted.removeprefix("#/$defs/")])
            case "type":
                kinds = [wanted] if isinstance(wanted, str) else wanted
                return any(_is(value, kind) for kind in kinds)
            case "const" | "enum":
                options = [wanted] if keyword == "const" else wanted
                return any(value == each and type(value) is type(each) for each in options)
            case "anyOf":
                return any(self.accepts(value, each) for each in wanted)
            case "allOf":
                return all(self.accepts(value, each) for each in wanted)
            case "if":
                branch = "then" if self.accepts(value, wanted) else "else"
                return self.accepts(value, schema.get(branch, True))
        if isinstance(value, dict):
            return self._of_object(keyword, wanted, schema, value)
        if isinstance(value, list):
            return self._of_list(keyword, wanted, value)
        return _of_scalar(keyword, wanted, value)

    def _of_object(self, keyword: str, wanted: Any, schema: Any, value: dict[str, Any]) -> bool:
        match keyword:
            case "required":
                return set(wanted) <= set(value)
            case "properties":
                return all(self.accepts(value[k], wanted[k]) for k in wanted if k in value)
            case "additionalProperties":
                others = value.keys() - schema.get("properties", {}).keys()
                return all(self.accepts(value[key], wanted) for key in others)
            case "propertyNames":
                return all(self.accepts(key, wanted) for key in value)
            case "minProperties":
                return len(value) >= wanted
        return _of_others(keyword)

    def _of_list(self, keyword: str, wanted: Any, value: list[Any]) -> bool:
        match keyword:
            case "items":
                return all(self.accepts(item, wanted) for item in value)
            case "minItems":
                return len(value) >= wanted
            case "maxItems":
                return len(value) <= wanted
            case "uniqueItems":
                return len({json.dumps(item, sort_keys=True) for item in value}) == len(value)
        return _of_others(keyword)


def _is(value: object, kind: str) -> bool:
    # In Python, true is a number.
    return isinstance(value, _TYPES[kind]) and not (
        isinstance(value, bool) and kind in ("integer", "number")
    )


def _of_scalar(keyword: str, wanted: Any, value: Any) -> bool:
    is_text, is_number = isinstance(value, str), isinstance(value, int | float)
    match keyword:
        case "pattern" if is_text:
            return re.search(wanted, value) is not None
        case "minLength" if is_text:
            return len(value) >= wanted
        case "maxLength" if is_text:
            return len(value) <= wanted
        case "minimum" if is_number:
            return value >= wanted
        case "maximum" if is_number:
            return value <= wanted
    return _of_others(keyword)


_KNOWN = {
    *("required", "properties", "additionalProperties", "propertyNames", "minProperties"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *("pattern", "minLength", "maxLength", "minimum", "maximum"),
}


def _of_others(keyword: str) -> bool:
    """A keyword about values of another type says nothing of this one."""
    if keyword not in _KNOWN:
        raise NotImplementedError(keyword)
    return True
