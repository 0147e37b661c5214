"""The typed keys of a benefit's value, by kind; every value also has a `text` for people.

Rates are decimal text from "0.00" to "1.00", amounts decimal text in major units of `currency`.
"""

from collections.abc import Mapping

from app.domain.programs.location import Place, Reader
from app.domain.programs.model import Json, JsonObject
from app.domain.programs.readers import (
    amount,
    code,
    currency,
    many,
    rate,
    text,
    whole,
    word,
)
from app.domain.programs.shape import Shape, read_shape
from app.domain.programs.times import span_json
from app.domain.programs.vocabulary import BenefitKind, Fund, RateLock, ShareBasis, ShareTerm

_MAX_TEXT = 300
_text: Mapping[str, Reader[Json]] = {"text": text(_MAX_TEXT)}

VALUES: Mapping[BenefitKind, Shape] = {
    BenefitKind.PERCENT_SHARE: Shape(
        {
            **_text,
            "rate": rate,
            "term": word(ShareTerm),
            "basis": word(ShareBasis),
            "rateLock": word(RateLock),
        }
    ),
    # The quantity and the period, if limited.
    BenefitKind.ENTITLEMENT: Shape(_text, {"quantity": whole(1, 1_000_000), "per": span_json}),
    BenefitKind.CONTACT: Shape({**_text, "role": code}),
    BenefitKind.SERVICE_LEVEL: Shape(
        {**_text, "level": code}, {"responseHours": whole(1, 24 * 365)}
    ),
    BenefitKind.CADENCE: Shape({**_text, "every": span_json}),
    BenefitKind.LISTING: Shape({**_text, "directory": code}, {"placement": code}),
    BenefitKind.BADGE: Shape({**_text, "badge": code}),
    # Leads go to the highest number first.
    BenefitKind.LEAD_PRIORITY: Shape({**_text, "priority": whole(1, 1000)}),
    BenefitKind.BUDGET: Shape(
        {**_text, "fund": word(Fund), "amount": amount, "currency": currency, "per": span_json}
    ),
    BenefitKind.REBATE: Shape({**_text, "rate": rate, "basis": word(ShareBasis), "per": span_json}),
    BenefitKind.CONTENT_ACCESS: Shape(_text, {"content": many(code)}),
    BenefitKind.TRAINING_ACCESS: Shape(_text, {"courses": many(code)}),
    BenefitKind.AWARD: Shape(_text),
}


def read_value(kind: BenefitKind, place: Place) -> JsonObject:
    """Read a benefit's value as canonical JSON. Problems are noted."""
    return read_shape(place, VALUES[kind])
