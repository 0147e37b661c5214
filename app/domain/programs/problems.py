"""Problems of a program file. Each has the path, the value and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Why a value in a program file is refused.

    The last five are lints of well-formed programs (`lints.py`).
    """

    # The text as a whole is neither YAML nor JSON, or goes beyond a limit (`source.py`).
    UNREADABLE = "UNREADABLE"
    WRONG_TYPE = "WRONG_TYPE"
    MISSING = "MISSING"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    INVALID = "INVALID"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    DUPLICATE = "DUPLICATE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN_TIER = "UNKNOWN_TIER"
    # No partner can ever be placed in the tier, or pass the gate.
    UNREACHABLE_TIER = "UNREACHABLE_TIER"
    # A higher tier has a lower threshold for the same quantity than a lower tier.
    FALLING_THRESHOLD = "FALLING_THRESHOLD"
    # The condition of a benefit cannot hold for anybody.
    IMPOSSIBLE_CONDITION = "IMPOSSIBLE_CONDITION"
    # Two weights of the same activity overlap, or one never counts.
    OVERLAPPING_PERIODS = "OVERLAPPING_PERIODS"
    EMPTY_PERIOD = "EMPTY_PERIOD"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a program file.

    `path` is written like `tiers[1].requirement.of[0].metric` (empty: the whole file), `value` is
    the value there (None if it is missing), `message` and `remedy` are sentences for people. `line`
    is the line in the text, from 1, if the program was read from text.
    """

    path: str
    kind: ProblemKind
    value: object
    message: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path or 'program'}: {self.message} {self.remedy}"

    def in_file(self, name: str) -> str:
        """Return the problem prefixed with file and line, as editors and terminals expect."""
        return f"{name}:{self.line}: {self}" if self.line else f"{name}: {self}"


class ProgramError(Exception):
    """A program file that is not a valid program. `problems` has all problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
