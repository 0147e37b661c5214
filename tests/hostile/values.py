"""Wrong values for anything: of every kind of JSON, and as JSON text that is none."""

import json
import random
from collections.abc import Iterator
from typing import Any

KINDS: list[Any] = [
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**40, "", "x", "\0", "é" * 300, "'; DROP TABLE x;--",
    "../../etc/passwd", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59.999999999Z", "0001-01-01",
    "=cmd", "‮", "\ud800", [], [None], [[]], ["x"] * 200, {}, {"a": 1}, {"": {"": {}}},
]  # fmt: skip
# What no library writes.
TEXTS = [
    "NaN", "-Infinity", "1e400", "1" * 5000, "-", "01", "1.", '"\\ud800"', '"\\u0000"', '"\\x"',
    '"',
    "[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900, "[1,]", "{'a':1}", "undefined", "\x00",
]  # fmt: skip


def written(value: Any) -> str:
    """As JSON text, lone surrogates escaped."""
    return json.dumps(value)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a value, itself first."""
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


def mutated(text: str, chance: random.Random) -> str:
    """A text in which something was changed: a character, a stretch, or where it is."""
    if not text:
        return chance.choice("\0{}[]\"'\\é")
    at = chance.randrange(len(text))
    end = min(len(text), at + chance.randrange(1, 12))
    match chance.randrange(6):
        case 0:
            return text[:at] + text[end:]
        case 1:
            return text[:at] + text[at:end] * chance.randrange(2, 6) + text[end:]
        case 2:
            return text[:at] + chance.choice("\0\n{}[]()\"'\\$@#!:=|&.,é😀_0aZ ") + text[at + 1 :]
        case 3:
            return text[:at] + text[at:end][::-1] + text[end:]
        case 4:
            return text[:at] + text[at].swapcase() + text[at + 1 :]
        case _:
            other = chance.randrange(len(text))
            return text[:at] + text[other : other + 20] + text[at:]


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """The same for bytes."""
    made = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.randrange(1, 12))
        match chance.randrange(4):
            case 0:
                del made[at:end]
            case 1:
                made[at:at] = made[at:end] * chance.randrange(1, 4)
            case 2:
                made[at:at] = chance.choice(
                    [b"\0", b"\r\n", b"\n", b"\xff", b":", b" ", b"\r\n\r\n"]
                )
            case _ if at < len(made):
                made[at] = chance.randrange(256)
    return bytes(made)
