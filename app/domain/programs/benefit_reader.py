"""Reading a program's benefits and the tiers that give them."""

from collections.abc import Mapping, Sequence

from app.domain.programs.location import Place, entries, key_text, members, nearest, quoted, read
from app.domain.programs.model import BenefitDefinition, BenefitGrant
from app.domain.programs.problems import ProblemKind
from app.domain.programs.readers import choice, key_name, text, unique
from app.domain.programs.requirements import read_requirement
from app.domain.programs.values import read_value
from app.domain.programs.vocabulary import BenefitKind

MAX_BENEFITS = 200
benefit_name = text(200)
benefit_description = text(5000)


def read_benefits(place: Place, tiers: Sequence[str]) -> tuple[BenefitDefinition, ...]:
    """Read the benefits at a location, given by some of `tiers`. Problems are noted."""
    places = entries(place, MAX_BENEFITS)
    unique(places, "key")
    benefits = [_benefit(each, tiers) for each in places]
    return tuple(benefit for benefit in benefits if benefit)


def _benefit(place: Place, tiers: Sequence[str]) -> BenefitDefinition | None:
    keys = members(place, ["key", "name", "kind"], ["description", "condition", "tiers"])
    key = read(keys.get("key"), key_name)
    name = read(keys.get("name"), benefit_name)
    description = read(keys.get("description"), benefit_description) or ""
    kind = read(keys.get("kind"), choice(BenefitKind))
    condition = read(keys.get("condition"), read_requirement)
    grants = _grants(keys["tiers"], kind, tiers) if "tiers" in keys else ()
    if key is None or name is None or kind is None:
        return None
    return BenefitDefinition(key, name, description, kind, condition, grants)


def _grants(
    place: Place, kind: BenefitKind | None, tiers: Sequence[str]
) -> tuple[BenefitGrant, ...]:
    if not isinstance(place.value, Mapping):
        place.wrong_type("an object with a key for each tier that gives the benefit")
        return ()
    found: dict[str, BenefitGrant | None] = {}
    for tier, value in place.value.items():
        at = place.at(key_text(tier), value)
        if tier not in tiers:
            at.wrong(
                ProblemKind.UNKNOWN_TIER, f"There is no tier {quoted(tier)}.", nearest(tier, tiers)
            )
            continue
        found[tier] = _grant(at, kind, tier)
    # From the lowest tier up, regardless of the order in the file.
    return tuple(grant for tier in tiers if (grant := found.get(tier)))


def _grant(place: Place, kind: BenefitKind | None, tier: str) -> BenefitGrant | None:
    keys = members(place, ["value"], ["condition"])
    condition = read(keys.get("condition"), read_requirement)
    if kind is None or "value" not in keys:
        return None
    return BenefitGrant(tier, read_value(kind, keys["value"]), condition)
