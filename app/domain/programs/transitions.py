"""Summaries of what an evaluation does to a partner's tier."""

from app.domain.programs.benefits import direction
from app.domain.programs.evaluation import Decision
from app.domain.programs.model import TierDefinition
from app.domain.programs.reasons import reason
from app.domain.programs.vocabulary import Effect, TierDirection


def way(decision: Decision) -> TierDirection | None:
    """Return the direction in which the partner moves; None if it stays."""
    before, after = decision.before.rank, decision.state.rank
    return None if before == after else direction(before, after)


def why(decision: Decision) -> str:
    """Return why the partner moves or, if it stays, what keeps it from the next tier."""
    program = decision.evaluator.program
    moves = [each for each in decision.happenings if each.effect is Effect.MOVED]
    if moves:
        return " ".join(reason(program, each) for each in moves)
    tier, above = _tier(decision, 0), _tier(decision, 1)
    stays = f"Stays in {tier.name if tier else 'no tier'}."
    if decision.state.pin:
        return f"{stays} The vendor holds it there."
    if asked := decision.state.asked:
        return f"{stays} The vendor would be asked about {program.tiers[asked - 1].name}."
    if above is None:
        return stays
    lacking = decision.verdict.failing(above.rank, decision.state.vouched)
    return f"{stays} {above.name} is not met: {'; '.join(lacking)}." if lacking else stays


def failing(decision: Decision) -> list[str]:
    """Return the labels of the conditions of its previous tier that no longer hold."""
    before = decision.before
    return decision.verdict.failing(before.rank, before.vouched) if before.rank else []


def _tier(decision: Decision, above: int) -> TierDefinition | None:
    """Return the tier afterwards, or the one `above` steps higher."""
    tiers, rank = decision.evaluator.program.tiers, decision.state.rank + above
    return tiers[rank - 1] if 0 < rank <= len(tiers) else None
