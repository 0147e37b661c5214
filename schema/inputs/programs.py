"""Inputs and payloads around tier programs as files."""

import json

import strawberry

from app.domain.programs.problems import Problem, ProblemKind
from schema.enums import described
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.programs import ProgramVersion, TierProgram

_SHOWN = 200
MAX_PROBLEMS = 200

described(
    ProblemKind,
    "Why a place in a program file is refused.",
    UNREADABLE="The text is neither YAML nor JSON, or goes beyond a limit.",
    WRONG_TYPE="The value is of another type, such as text where a number belongs.",
    MISSING="A key is missing.",
    UNKNOWN_KEY="There is no such key here.",
    UNKNOWN_VALUE="The value is not one of those there are.",
    INVALID="The value is spelled wrong.",
    OUT_OF_RANGE="The value, or the length of it, is out of range.",
    DUPLICATE="It is there twice.",
    NOT_APPLICABLE="It conflicts with other values.",
    UNKNOWN_TIER="The program has no such tier.",
    UNREACHABLE_TIER="No partner could ever be in the tier.",
    FALLING_THRESHOLD="A tier asks for less of the same than a lower one.",
    IMPOSSIBLE_CONDITION="The condition of a benefit could never hold.",
    OVERLAPPING_PERIODS="Two weights of the same points count at the same time.",
    EMPTY_PERIOD="A period ends before it begins.",
)


@strawberry.type(description="One wrong place in the text of a tier program.")
class ProgramProblem:
    """A problem in a program file."""

    path: str = strawberry.field(
        description="Where, such as `tiers[1].requirement.of[0].metric`; empty for the whole."
    )
    line: int | None = strawberry.field(description="The line of the text, from 1.")
    kind: ProblemKind = strawberry.field(description="Why it is refused, for a program.")
    value: str | None = strawberry.field(
        description="The value found there, as JSON cut to 200 characters; null if nothing does."
    )
    message: str = strawberry.field(description="What is wrong, for people.")
    remedy: str = strawberry.field(description="How to mend it.")


def program_problems(problems: list[Problem]) -> list[ProgramProblem]:
    """Problems of a program file as the API shows them: the first of them."""
    return [
        ProgramProblem(
            path=each.path,
            line=each.line,
            kind=each.kind,
            value=_shown(each.value),
            message=each.message,
            remedy=each.remedy,
        )
        for each in problems[:MAX_PROBLEMS]
    ]


def _shown(value: object) -> str | None:
    if value is None:
        return None
    try:
        return json.dumps(value, default=str, ensure_ascii=False)[:_SHOWN]
    except TypeError:
        # A YAML file may have keys that JSON has not, such as dates.
        return str(value)[:_SHOWN]


@strawberry.input(description="A tier program to import.")
class ImportTierProgramInput:
    """A program to import."""

    idempotency_key: str = idempotency_key()
    text: str = strawberry.field(
        description="The program file, YAML or JSON, up to 200,000 characters."
    )
    publish: bool = strawberry.field(
        default=False,
        description="Publish it immediately. From then on it never changes.",
    )


@strawberry.type(description="The answer of `importTierProgram`.")
class ImportTierProgramPayload(Payload):
    """The imported version."""

    problems: list[ProgramProblem] = strawberry.field(
        description="Everything that is wrong with the text, by line (the first 200 problems); "
        "empty if nothing is."
    )
    program: TierProgram | None = loaded("tier_program", "The program; null if it was refused.")
    version: ProgramVersion | None = loaded(
        "program_version",
        "The version with this content: the next one, or the newest if it already has the same "
        "content. Null if it was refused.",
    )


@strawberry.input(description="A draft to publish.")
class PublishProgramVersionInput:
    """A draft to publish."""

    idempotency_key: str = idempotency_key()
    version_id: strawberry.ID = strawberry.field(description="The draft: a ProgramVersion.")


@strawberry.type(description="The answer of `publishProgramVersion`.")
class PublishProgramVersionPayload(Payload):
    """The published version."""

    program: TierProgram | None = loaded("tier_program", "The program; null if it was refused.")
    version: ProgramVersion | None = loaded(
        "program_version", "The version, published; null if it was refused."
    )
