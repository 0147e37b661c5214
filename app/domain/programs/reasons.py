"""Why a partner moved, in words that it can read."""

from collections.abc import Sequence

from app.domain.programs.model import ProgramDefinition
from app.domain.programs.policies import Happening


def reason(program: ProgramDefinition, moved: Happening) -> str:
    """A sentence or two for a move between tiers."""
    data = moved.data
    before, after = (_name(program, data[key]) for key in ("fromRank", "toRank"))
    if data.get("pinned"):
        return f"Held in {after} by the vendor."
    if data.get("vouched"):
        return f"All that {after} asks for and publishes is met; the vendor vouched for the rest."
    if data["toRank"] > data["fromRank"]:
        return f"All that {after} asks for is met."
    end = f"Now in {after}." if data["toRank"] else "Now in no tier."
    return f"{before} is no longer met: {_listed(data['because'])}. {end}"


def renewal(tier: str) -> str:
    """Why a decision is made though the tier stays: what it gives may differ."""
    return f"{tier} stays, as a newer version of the program defines it."


def _name(program: ProgramDefinition, rank: int) -> str:
    return program.tiers[rank - 1].name if rank else "no tier"


def _listed(labels: Sequence[str]) -> str:
    return "; ".join(labels) or "its requirements changed"
