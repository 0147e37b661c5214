"""Moves between tiers: the direction, and the benefits gained and lost."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.programs.model import JsonObject
from app.domain.programs.vocabulary import TierDirection


@dataclass(frozen=True, slots=True)
class GivenBenefit:
    """A benefit as one tier gives it, in stored form. `position` is its position in the program.

    `source` is the row that it came from, if any. It does not count in comparisons.
    """

    key: str
    position: int
    value: JsonObject
    condition: JsonObject | None
    source: UUID | None = None


def benefit_changes(
    from_benefits: Iterable[GivenBenefit], to_benefits: Iterable[GivenBenefit]
) -> tuple[tuple[GivenBenefit, ...], tuple[GivenBenefit, ...]]:
    """Return the benefits gained and lost by a move, each in program order.

    A benefit is the same only with the same value under the same condition: a share that rises is
    both lost at the old rate and gained at the new one.
    """
    before = {_identity(benefit): benefit for benefit in from_benefits}
    after = {_identity(benefit): benefit for benefit in to_benefits}
    gained = (benefit for identity, benefit in after.items() if identity not in before)
    lost = (benefit for identity, benefit in before.items() if identity not in after)
    return _ordered(gained), _ordered(lost)


def direction(from_rank: int | None, to_rank: int | None) -> TierDirection:
    """Return the direction of a move. A rank of None or 0 is no tier. Raises ValueError for equal
    ranks.
    """
    before, after = from_rank or 0, to_rank or 0
    if before == after:
        raise ValueError(f"From rank {before} to rank {after} is not a move.")
    if not before:
        return TierDirection.PLACED
    if not after:
        return TierDirection.REMOVED
    return TierDirection.PROMOTION if after > before else TierDirection.DEMOTION


def _identity(benefit: GivenBenefit) -> str:
    return json.dumps([benefit.key, benefit.value, benefit.condition], sort_keys=True)


def _ordered(benefits: Iterable[GivenBenefit]) -> tuple[GivenBenefit, ...]:
    return tuple(sorted(benefits, key=lambda benefit: benefit.position))
