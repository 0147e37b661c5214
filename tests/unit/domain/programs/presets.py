"""The packaged programs, partners in them, and what a decision says of a tier."""

from functools import cache

from app.domain.programs.evaluation import Decision
from app.domain.programs.explaining import leaves
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.programs import load_preset
from tests.unit.domain.programs.ledger import certified


@cache
def preset(key: str) -> ProgramDefinition:
    """One of the packaged programs."""
    return parse_program(load_preset(key))


def rank_of(program: ProgramDefinition, key: str | None) -> int:
    """A tier's rank; 0 for none."""
    return next(tier.rank for tier in program.tiers if tier.key == key) if key else 0


def tier_of(decision: Decision) -> str | None:
    """The key of the tier that the partner is in after a decision."""
    rank = decision.state.rank
    return decision.evaluator.program.tiers[rank - 1].key if rank else None


def asked_of(decision: Decision) -> str | None:
    """The key of the tier that the vendor is asked about."""
    rank = decision.state.asked
    return decision.evaluator.program.tiers[rank - 1].key if rank else None


def missing(decision: Decision, key: str | None = None) -> list[str]:
    """The metrics that a tier (None: the gate) lacks, each with what remains, or UNPUBLISHED."""
    result = decision.result()
    [node] = [t["requirement"] for t in result["tiers"] if t["key"] == key] or [result["gate"]]
    return [_lack(each) for each in leaves(node) if each["met"] != "MET"]


def _lack(leaf) -> str:
    remains = leaf["remaining"] and leaf["remaining"]["text"]
    return " ".join(filter(None, [leaf["metric"], remains or leaf["met"]]))


def gives(decision: Decision, benefit: str) -> str | None:
    """The text of what the tier gives of a benefit, None if it does not, or not yet."""
    [found] = [b for b in decision.evaluator.program.benefits if b.key == benefit]
    for grant in found.grants:
        if grant.tier == tier_of(decision):
            held = decision.verdict.holds(found.condition_in(grant)) == "MET"
            return grant.value["text"] if held else None
    return None


def staff(count: int, *codes: str, **when):
    """So many people, each certified in all of the codes."""
    return [c for i in range(count) for c in certified(f"person-{i}", *codes, **when)]
