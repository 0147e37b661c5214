"""How large the answer to one operation becomes, counted while it is read.

An object that many others refer to is one in memory and many in the answer: a short query could
otherwise make gigabytes of a small database, and nobody would know before they are encoded.
"""

from collections.abc import Sequence
from typing import Any

from app.reads.errors import TooLarge

# Characters. Encoding so many keeps everybody else waiting for some 50 ms; 10,000 clients with ten
# fields each are a fifth of it.
LIMIT = 10_000_000
# Until an answer has so many characters in its keys, short values are skipped: pages of
# portals stay below, and it is a megabyte at most.
UNWEIGHED = 20_000
# What a value takes besides its key and its text: quotes, colon, comma.
VALUE = 4


class Budget:
    """What one answer has spent so far: all reads of an operation share it."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, characters: int) -> None:
        """Count characters of the answer. Raises TooLarge above the limit."""
        self.spent += characters
        if self.spent > LIMIT:
            raise TooLarge(
                f"The answer would have more than {LIMIT:,} characters. Ask for smaller pages,"
                " fewer fields, or fewer lists within lists."
            )

    def spend_values(
        self, made: Sequence[dict[str, Any]], times: Sequence[int], heavy: bool
    ) -> None:
        """Count the values of objects, each as often as `times` says it stands in the answer.

        `heavy` says that some may be long: those are looked at in any case.
        """
        if heavy or self.spent > UNWEIGHED:
            weights = (sum(map(weight, item.values())) for item in made)
            self.spend(sum(n * each for n, each in zip(times, weights, strict=True)))


def weight(value: Any) -> int:
    """The characters of a value in the answer, about: as if nothing had to be escaped."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + VALUE + weight(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(VALUE + weight(item) for item in value)
    return 0 if value is None else VALUE
