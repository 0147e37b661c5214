"""What can be wrong with a program file: each problem names the place, the value and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Why a place in a program file is refused.

    The last five are about the sense of a program that is well formed; `lints.py` finds them.
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
    # A higher tier asks for less of the same than a lower one.
    FALLING_THRESHOLD = "FALLING_THRESHOLD"
    # The condition of a benefit cannot hold for anybody.
    IMPOSSIBLE_CONDITION = "IMPOSSIBLE_CONDITION"
    # Two weights of the same points count at the same time, or one counts at no time.
    OVERLAPPING_PERIODS = "OVERLAPPING_PERIODS"
    EMPTY_PERIOD = "EMPTY_PERIOD"


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place of a program file.

    `path` is written like `tiers[1].requirement.of[0].metric` (empty: the whole file), `value` is
    what stands there (None if it is missing), `message` and `remedy` are sentences for a person.
    `line` is that of the text, from 1, where the program was read from one.
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
        """The problem with the file and the line in front, as editors and terminals know it."""
        return f"{name}:{self.line}: {self}" if self.line else f"{name}: {self}"


class ProgramError(Exception):
    """A program file that cannot be read as a program; `problems` holds all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
