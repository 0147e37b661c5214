"""Programs as text: read YAML or JSON with all checks, and write YAML."""

from typing import Any

import yaml

from app.domain.programs.canonical import program_json
from app.domain.programs.lints import lint
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import Problem, ProgramError
from app.domain.programs.source import read_source

_WIDTH = 100
# Objects of few plain values, such as a window, fit on one line.
_SHORT = 3


def read_program(text: str) -> ProgramDefinition:
    """Read the program in a YAML or JSON text, including the lints.

    Raises ProgramError with all problems, each with its line.
    """
    source = read_source(text)
    try:
        definition = parse_program(source.data)
        if problems := lint(definition):
            raise ProgramError(problems)
    except ProgramError as error:
        problems = [source.located(problem) for problem in error.problems]
        raise ProgramError(sorted(problems, key=lambda problem: problem.line or 0)) from None
    return definition


def problems_of(text: str) -> list[Problem]:
    """Return the problems of a text, by line; empty if it is a valid program."""
    try:
        read_program(text)
    except ProgramError as error:
        return error.problems
    return []


def program_yaml(definition: ProgramDefinition) -> str:
    """Return the program as a YAML file, always the same text for the same program.

    `read_program` reads an equal program from it. Comments and aliases of the original file are
    lost.
    """
    return yaml_of(program_json(definition))


def yaml_of(canonical: dict[str, Any]) -> str:
    """Return a canonical file as YAML."""
    text: str = yaml.dump(
        canonical, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return text


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Indent lists below their key, as people write them.
        super().increase_indent(flow, False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        short = len(mapping) <= _SHORT and all(_is_plain(value) for value in mapping.values())
        return super().represent_mapping(tag, mapping, flow_style=short and bool(mapping))

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return super().represent_sequence(
            tag, sequence, flow_style=all(_is_plain(value) for value in sequence)
        )


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | list)
