"""Reading of program files, YAML or JSON, with the line of every value.

Only plain data is read: no tags, no merge keys, one document. Size, depth and the number of values
(counting aliases each time) are limited, so that no text expands beyond that.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from app.domain.programs.location import key_text, quoted
from app.domain.programs.problems import Problem, ProblemKind, ProgramError

MAX_CHARACTERS = 200_000
_MAX_DEPTH = 40
_MAX_VALUES = 20_000
_MERGE = "tag:yaml.org,2002:merge"
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")
_PLAIN_COLLECTIONS = {None, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
# The C parser is ten times as fast, and in all common builds of PyYAML.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Located:
    """A value of the text and its line. `below` has the values in it by their path step."""

    value: Any
    line: int
    size: int = 1
    below: dict[str, "Located"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a text, with its lines."""

    data: object
    root: Located

    def line_of(self, path: str) -> int:
        """Return the line (from 1) of a `Problem` path, or of its nearest parent that exists."""
        at, rest = self.root, path
        while rest:
            step = next((step for step in _steps(rest) if step in at.below), None)
            if step is None:
                break
            at, rest = at.below[step], rest[len(step) :].removeprefix(".")
        return at.line

    def located(self, problem: Problem) -> Problem:
        """Return the problem with its line."""
        return replace(problem, line=problem.line or self.line_of(problem.path))


def read_source(text: str) -> Source:
    """Read a YAML or JSON text, with the line of each value.

    Raises ProgramError with the first problem that stops it: invalid YAML, a duplicate key, a tag,
    more than one document, or an exceeded limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise _unreadable(
            f"The text has {len(text):,} characters.", f"Give at most {MAX_CHARACTERS:,}.", 1
        )
    as_json = _json(text)
    # A single surrogate escape is valid in JSON but not in YAML, which is only needed for the
    # lines.
    lines = text if as_json is None else _SURROGATE.sub(r"\\u003f", text)
    try:
        root = _Reader(lines).document()
    except yaml.YAMLError as error:
        raise _of_yaml(error, text) from None
    return Source(root.value if as_json is None else as_json, root)


class _Reader:
    """Builds the values from the events of the YAML parser, which does not recurse."""

    def __init__(self, text: str) -> None:
        self._loader = _Loader(text)
        self._anchors: dict[str, Located] = {}

    def document(self) -> Located:
        try:
            self._expect(yaml.StreamStartEvent)
            if self._loader.check_event(yaml.StreamEndEvent):
                return Located(None, 1)
            self._expect(yaml.DocumentStartEvent)
            root = self._value("", 1)
            self._expect(yaml.DocumentEndEvent)
            if not self._loader.check_event(yaml.StreamEndEvent):
                line = self._loader.peek_event().start_mark.line + 1
                raise _unreadable("There is a second document.", "Give one in each file.", line)
            return root
        finally:
            self._loader.dispose()

    def _expect(self, kind: type) -> None:
        event = self._loader.get_event()
        if not isinstance(event, kind):
            raise TypeError(f"{event} is not {kind}")

    def _value(self, path: str, depth: int) -> Located:
        event = self._loader.get_event()
        line = event.start_mark.line + 1
        if depth > _MAX_DEPTH:
            raise _unreadable(
                "The text is nested too deep.", f"Use at most {_MAX_DEPTH} levels.", line, path
            )
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, line, path)
        if isinstance(event, yaml.ScalarEvent):
            found = Located(self._scalar(event, line, path), line)
        elif event.tag not in _PLAIN_COLLECTIONS:
            raise _tagged(event.tag, line, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = self._sequence(line, path, depth)
        else:
            found = self._mapping(line, path, depth)
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _alias(self, event: Any, line: int, path: str) -> Located:
        # An anchor is registered only once it is complete, so nothing can contain itself.
        if event.anchor not in self._anchors:
            raise _unreadable(
                f"There is no anchor &{event.anchor} above.",
                "Name one that is complete.",
                line,
                path,
            )
        return self._anchors[event.anchor]

    def _scalar(self, event: Any, line: int, path: str) -> object:
        tag = event.tag or self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if event.tag not in (None, "!"):
            raise _tagged(tag, line, path)
        if tag == _MERGE:
            return event.value
        if tag in _NUMBERS and not _DECIMAL.fullmatch(event.value):
            # YAML reads 010 as eight and 1:30 as ninety, which nobody means.
            raise _unreadable(
                f"{quoted(event.value)} is not a plain decimal number.",
                "Write it like 10 or 0.25, or put it in quotes.",
                line,
                path,
            )
        try:
            node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
            value: object = self._loader.construct_object(node)
            return value
        except (ValueError, OverflowError):
            raise _unreadable(
                f"{quoted(event.value)} cannot be read.",
                "Correct it, or put it in quotes.",
                line,
                path,
            ) from None

    def _sequence(self, line: int, path: str, depth: int) -> Located:
        found = Located([], line, 1)
        size = 1
        while not self._loader.check_event(yaml.SequenceEndEvent):
            step = f"[{len(found.value)}]"
            item = self._value(path + step, depth + 1)
            size = _grown(size, item, item.line, path)
            found.value.append(item.value)
            found.below[step] = item
        self._loader.get_event()
        return replace(found, size=size)

    def _mapping(self, line: int, path: str, depth: int) -> Located:
        found = Located({}, line, 1)
        size = 1
        while not self._loader.check_event(yaml.MappingEndEvent):
            key, at = self._key(path)
            step = key_text(key)
            inner = f"{path}.{step}" if path else step
            if key in found.value:
                raise _wrong(
                    inner,
                    ProblemKind.DUPLICATE,
                    key,
                    f"{quoted(key)} appears twice.",
                    "Remove one.",
                    at,
                )
            item = self._value(inner, depth + 1)
            size = _grown(size, item, at, path)
            found.value[key] = item.value
            # Report problems of a value at the line of its key.
            found.below[step] = replace(item, line=at)
        self._loader.get_event()
        return replace(found, size=size)

    def _key(self, path: str) -> tuple[Any, int]:
        event = self._loader.get_event()
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent):
            raise _unreadable("A key must be a word.", "Write key: value.", line, path)
        if event.value == "<<" and event.implicit[0]:
            raise _unreadable(
                "Merge keys (<<) are not read.",
                "Write the keys out, or alias the whole.",
                line,
                path,
            )
        return self._scalar(event, line, path), line


def _json(text: str) -> object:
    # YAML reads some JSON, such as 1e3, differently.
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _grown(size: int, item: Located, line: int, path: str) -> int:
    size += item.size
    if size > _MAX_VALUES:
        raise _unreadable(
            "There are too many values, including those that aliases repeat.",
            f"Use at most {_MAX_VALUES:,}.",
            line,
            path,
        )
    return size


def _steps(path: str) -> Iterator[str]:
    """Yield the possible first steps of a path, the longest first, since keys may contain dots."""
    ends = [found.start() for found in re.finditer(r"[.\[]|$", path) if found.start()]
    return (path[:end] for end in reversed(ends))


def _of_yaml(error: yaml.YAMLError, text: str) -> ProgramError:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", 0)
    # The end of the text may be reported as a line after the last.
    last = max(len(text.splitlines()), 1)
    line = min(mark.line + 1, last) if mark else text.count("\n", 0, position) + 1
    found = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return _unreadable(f"This is not YAML or JSON: {found}.", "Correct the text here.", line)


def _tagged(tag: str, line: int, path: str) -> ProgramError:
    return _unreadable(f"The tag {quoted(tag)} is not read.", "Remove it.", line, path)


def _unreadable(message: str, remedy: str, line: int, path: str = "") -> ProgramError:
    return _wrong(path, ProblemKind.UNREADABLE, None, message, remedy, line)


def _wrong(
    path: str, kind: ProblemKind, value: object, message: str, remedy: str, line: int
) -> ProgramError:
    return ProgramError([Problem(path, kind, value, message, remedy, line)])
