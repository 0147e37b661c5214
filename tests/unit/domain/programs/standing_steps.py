"""A partner with a score, evaluated again and again: what is done to its standing, and when."""

from tests.unit.domain.programs.ladders import condition, ladder
from tests.unit.domain.programs.ledger import NOBODY, decide, held

QUARTERLY = {"count": 1, "unit": "QUARTER"}
HOLD = {"kind": "PERIOD_HOLD", "period": {"count": 1, "unit": "HALF_YEAR"}}
GRACE = {"kind": "GRACE", "days": 30, "noticeDays": 10}
FROM_JANUARY = {"programYearStart": "01-01"}


def score(threshold):
    return condition("MANUAL", threshold, value="SCORE")


def ladder_of_scores(*tiers, **policy):
    """Tiers at a score of 10, 20 and 30, unless others are given."""
    return ladder(*(tiers or (score(10), score(20), score(30))), **FROM_JANUARY | policy)


def play(program, *steps, state=NOBODY, zone="UTC"):
    """Evaluate at each (moment, score): the last decision, and what was done, by day."""
    done, records, decision = [], [], None
    for moment, value in steps:
        if value is not None:
            records.append(held("MANUAL", "SCORE", moment, value=str(value)))
        decision = decide(program, moment, records, state, zone=zone)
        done += [f"{moment[:10]} {_told(each)}" for each in decision.happenings]
        state = decision.state
    return decision, done


def _told(happening):
    data = happening.data
    words = [happening.effect.value]
    if "toRank" in data:
        words.append(f"{data['fromRank']}-{data['toRank']}")
    elif "rank" in data:
        words.append(str(data["rank"]))
    if "recovered" in data:
        words.append("recovered" if data["recovered"] else "over")
    words += [f"{data[key]:%m-%d}" for key in ("until", "on") if key in data]
    return " ".join(words)
