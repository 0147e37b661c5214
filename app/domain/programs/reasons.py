"""The reasons for a partner's moves, as text for the partner."""

from collections.abc import Sequence

from app.domain.programs.model import ProgramDefinition
from app.domain.programs.policies import Happening


def reason(program: ProgramDefinition, moved: Happening) -> str:
    """Return a sentence or two for a move between tiers."""
    data = moved.data
    before, after = (_name(program, data[key]) for key in ("fromRank", "toRank"))
    if data.get("pinned"):
        return f"Held in {after} by the vendor."
    if data.get("vouched"):
        return f"All published requirements of {after} are met; the vendor vouched for the rest."
    if data["toRank"] > data["fromRank"]:
        return f"All requirements of {after} are met."
    end = f"Now in {after}." if data["toRank"] else "Now in no tier."
    return f"{before} is no longer met: {_listed(data['because'])}. {end}"


def renewal(tier: str) -> str:
    """Return the reason for a decision that keeps the tier: its benefits may differ."""
    return f"{tier} stays, as a newer version of the program defines it."


def _name(program: ProgramDefinition, rank: int) -> str:
    return program.tiers[rank - 1].name if rank else "no tier"


def _listed(labels: Sequence[str]) -> str:
    return "; ".join(labels) or "its requirements changed"
