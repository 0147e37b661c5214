"""Plays a scenario file: a partner's years in a preset, evaluated whenever it is due.

A file has `preset`, `partner` {type, currency, joined}, `zone` (left out: UTC) and `story`: days,
earliest first. Things happen at ten in the morning. What a day has; all but `day` and `expect` may
be left out:

    day: 2024-03-04
    what: in a few words
    facts:                what the partner's records say from this day on, see `_record`; besides,
      of: DATE              when it took effect, if that was earlier than the day it was told
      every: 2              again every two months, `to` a last day
      name: order           so that {reverses: order, part: 400} can take it back, or a part of it;
                            one that is told again is called `order 2024-05-04`
    vendor:               {approves: TIER}, {rejects: TIER, until: DATE} or the like with pins
    expect:               what the partner sees at the end of the day
      tier: gold            "none" is no tier
      asked, held until, grace until, at risk on, because
      meanwhile: [...]      what was done since the day before in the story: "2024-04-01 MOVED ..."

Between the days the partner is evaluated at each moment at which a decision says that it is due.
"""

from bisect import insort
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from app.domain.programs.evaluation import Decision
from app.domain.programs.facts import PartnerFacts
from app.domain.programs.model import Span
from app.domain.programs.periods import shift
from app.domain.programs.policies import Happening, Pin, State
from app.domain.programs.vocabulary import ActivityKind, PeriodUnit, Promotion
from tests.unit.domain.programs.ledger import Record, decide, reversed_
from tests.unit.domain.programs.presets import preset, rank_of

FOLDER = Path(__file__).parent / "scenarios"
_MORNING = time(10)
_CENTS = 100


def load(name: str) -> dict[str, Any]:
    """A scenario file."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


@dataclass
class Player:
    """A partner on its way through a scenario."""

    scenario: dict[str, Any]
    records: list[Record] = field(default_factory=list)
    named: dict[str, Record] = field(default_factory=dict)
    coming: list[tuple[datetime, Record]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.program = preset(self.scenario["preset"])
        self.zone = self.scenario.get("zone", "UTC")
        partner = self.scenario["partner"]
        joined = self.morning(partner["joined"])
        self.partner = PartnerFacts(partner["type"], partner["currency"], joined)
        self.state = State(rank=0, since=joined, enrolled_at=joined)
        self.decision: Decision | None = None

    def morning(self, day: date) -> datetime:
        """When things are told on a day."""
        return datetime.combine(day, _MORNING, ZoneInfo(self.zone))

    def live(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Live up to a day of the story, and through it: what is to be seen then."""
        moment = self.morning(entry["day"])
        self.told = []
        self._pass_time(moment)
        for fact in entry.get("facts", ()):
            self._tell(fact, entry["day"])
        vendor = entry.get("vendor")
        if vendor:
            self._decide(vendor, moment)
        if not self.decision or vendor or self._at_once:
            self._evaluate(moment)
        return self._seen()

    @property
    def _at_once(self) -> bool:
        """Whether the program moves on facts at once, and not only when an evaluation is due."""
        return self.program.policy.promotion is Promotion.IMMEDIATE

    def _pass_time(self, until: datetime) -> None:
        while self.decision:
            due = self.decision.outcome.due_at
            if self.coming and self.coming[0][0] < min(due, until):
                moment, record = self.coming.pop(0)
                self.records.append(record)
                if self._at_once:
                    self._evaluate(moment)
            elif due <= until:
                self._evaluate(due)
            else:
                return

    def _evaluate(self, moment: datetime) -> None:
        self.decision = decide(
            self.program, moment, self.records, self.state, self.partner, self.zone
        )
        self.state = self.decision.state
        self.told += [self._words(moment, each) for each in self.decision.happenings]

    def _tell(self, fact: dict[str, Any], day: date) -> None:
        if "reverses" in fact:
            part = round(fact["part"] * _CENTS) if "part" in fact else None
            self.records.append(reversed_(self.named[fact["reverses"]], part))
            return
        first = fact.get("of", day)
        for count in range(1000):
            of = shift(first, Span(fact.get("every", 1), PeriodUnit.MONTH), count)
            if count and of > fact.get("to", first):
                return
            for code in fact.get("codes", [None]):
                for person in fact.get("people", [None]):
                    self._keep(self._record(fact, code, person, of), fact.get("name", ""), first)

    def _keep(self, record: Record, name: str, first: date) -> None:
        day = record.occurred_at.date()
        self.named[name if day == first else f"{name} {day}"] = record
        if day == first:
            self.records.append(record)
        else:
            insort(self.coming, (record.occurred_at, record), key=lambda each: each[0])

    def _record(
        self, fact: dict[str, Any], code: str | None, person: str | None, of: date
    ) -> Record:
        """`kind`, and what goes with it: a sale has `sold` in major units; a certification `codes`
        and `people`, without whom it is the organisation's own; `until` is when it runs out."""
        until = fact.get("until")
        return Record(
            ActivityKind(fact["kind"]),
            self.morning(of),
            code=code,
            person=person,
            revenue=fact.get("revenue"),
            motion=fact.get("motion"),
            price_basis=fact.get("price"),
            amount=round(fact["sold"] * _CENTS) if "sold" in fact else None,
            currency=self.partner.currency if "sold" in fact else None,
            expires_at=until and self._midnight(until),
            value=fact.get("value"),
        )

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone))

    def _decide(self, vendor: dict[str, Any], moment: datetime) -> None:
        until = vendor.get("until") and self._midnight(vendor["until"])
        if "approves" in vendor:
            rank = rank_of(self.program, vendor["approves"])
            placed = {"rank": rank, "vouched": rank, "since": moment, "asked": 0}
            self.state = replace(self.state, **placed, held_until=None)
        if "rejects" in vendor:
            rank = rank_of(self.program, vendor["rejects"])
            assert self.state.asked == rank
            self.state = replace(self.state, asked=0, rejected=rank, rejected_until=until)
        if "pins" in vendor:
            pin = Pin(rank_of(self.program, vendor["pins"]), until)
            self.state = replace(self.state, pin=pin)

    def _seen(self) -> dict[str, Any]:
        state = self.state
        return {
            "tier": self._tier(state.rank),
            "asked": self._tier(state.asked) if state.asked else None,
            "held until": self._day(state.held_until if state.hold_since else None),
            "grace until": self._day(state.grace_until),
            "at risk on": self._day(state.at_risk_on),
            "because": list(state.at_risk_because),
            "meanwhile": self.told,
        }

    def _tier(self, rank: int) -> str:
        return self.program.tiers[rank - 1].key if rank else "none"

    def _day(self, moment: datetime | None) -> date | None:
        return moment and moment.astimezone(ZoneInfo(self.zone)).date()

    def _words(self, moment: datetime, happening: Happening) -> str:
        data = happening.data
        words = [str(self._day(moment)), happening.effect.value]
        if "toRank" in data:
            words += [self._tier(data["fromRank"]), "to", self._tier(data["toRank"])]
        elif "rank" in data:
            words.append(self._tier(data["rank"]))
        if "recovered" in data:
            words.append("recovered" if data["recovered"] else "over")
        words += [f"{key} {self._day(data[key])}" for key in ("until", "on") if key in data]
        return " ".join(words)


def years(scenario: dict[str, Any]) -> timedelta:
    """How long a scenario is."""
    return timedelta(days=(scenario["story"][-1]["day"] - scenario["story"][0]["day"]).days)
