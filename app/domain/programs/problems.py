"""What can be wrong with a program file: each problem names the place, the value and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Why a place in a program file is refused."""

    WRONG_TYPE = "WRONG_TYPE"
    MISSING = "MISSING"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    INVALID = "INVALID"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    DUPLICATE = "DUPLICATE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN_TIER = "UNKNOWN_TIER"


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place of a program file.

    `path` is written like `tiers[1].requirement.of[0].metric` (empty: the whole file), `value` is
    what stands there (None if it is missing), `message` and `remedy` are sentences for a person.
    """

    path: str
    kind: ProblemKind
    value: object
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path or 'program'}: {self.message} {self.remedy}"


class ProgramError(Exception):
    """A program file that cannot be read as a program; `problems` holds all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
