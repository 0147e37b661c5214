"""Evaluation of a partner: a pure function of program, facts as of a time, and standing.

The inputs are stored as JSON with their SHA-256; `replay` repeats the evaluation from them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from app.domain.programs.explaining import Contributors, no_contributors, verdict_json
from app.domain.programs.facts import Facts, Flow, Rates
from app.domain.programs.holdings import ends, outlasting
from app.domain.programs.inputs import cuts_json, facts_json, rates_json, read_inputs, state_json
from app.domain.programs.metric_values import Setting
from app.domain.programs.model import CertificationPolicy, MonthDay, ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.periods import NEW_YEAR, Calendar
from app.domain.programs.policies import (
    Ahead,
    Happening,
    Outcome,
    State,
    apply_policy,
    next_evaluation,
)
from app.domain.programs.requirement_evaluation import Rules, Verdict
from app.domain.programs.vocabulary import Promotion


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of an evaluation. `verdict` explains it, condition by condition."""

    evaluator: "Evaluator"
    facts: Facts
    before: State
    verdict: Verdict
    outcome: Outcome

    @property
    def state(self) -> State:
        """The standing afterwards."""
        return self.outcome.state

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """Its effects, in order; empty if it changed nothing."""
        return self.outcome.happenings

    def inputs(self) -> dict[str, Any]:
        """All inputs besides the program, as plain JSON."""
        rates = self.evaluator.setting.rates
        return {
            "asOf": self.evaluator.moment.isoformat(),
            "zone": self.evaluator.setting.calendar.zone,
            "facts": facts_json(self.facts, self.evaluator.flows),
            "rates": rates_json(rates, self.facts),
            "cuts": cuts_json(rates, self.facts, self.evaluator.flows),
            "state": state_json(self.before),
        }

    def result(self, contributors: Contributors = no_contributors) -> dict[str, Any]:
        """Return the explanation: every condition of every tier."""
        return verdict_json(self.verdict, contributors)

    def effects(self) -> list[dict[str, Any]]:
        """Return the effects as plain JSON."""
        effects = [{"effect": h.effect.value, **h.data} for h in self.happenings]
        plain: list[dict[str, Any]] = orjson.loads(orjson.dumps(effects))
        return plain


class Evaluator:
    """A program prepared to evaluate any number of partners as of one time."""

    def __init__(
        self, program: ProgramDefinition, moment: datetime, zone: str, rates: Rates | None = None
    ) -> None:
        year: MonthDay = program.policy.program_year_start or NEW_YEAR
        calendar = Calendar(zone, year)
        self.program, self.moment = program, moment
        self.setting = Setting(calendar, rates or Rates(), program.policy.certification)
        self.now = Rules(program, moment, self.setting)
        self.then = Rules(program, next_evaluation(program, moment, calendar), self.setting)

    @cached_property
    def flows(self) -> Sequence[Flow]:
        """The flows to add up for each partner."""
        return tuple(dict.fromkeys((*self.now.flows, *self.then.flows)))

    def evaluate(self, facts: Facts, state: State) -> Decision:
        """Evaluate one partner."""
        verdict = self.now.verdict(facts)
        soon: list[datetime] = []
        # A program that reacts to facts immediately also reacts as soon as one expires.
        if self.program.policy.promotion is Promotion.IMMEDIATE:
            soon = ends(facts.holdings, self.moment, *self._lasting)
        ahead = self._ahead(facts, [end for end in soon if end < self.then.moment])
        outcome = apply_policy(self.program, state, verdict, ahead, next(iter(soon), None))
        return Decision(self, facts, state, verdict, outcome)

    @property
    def _lasting(self) -> tuple[Calendar, CertificationPolicy | None]:
        return self.setting.calendar, self.setting.certification

    def _ahead(self, facts: Facts, found: list[datetime]) -> Iterator[Ahead]:
        for end in found:
            left = outlasting(facts.holdings, end, *self._lasting)
            yield end, self.now.verdict(replace(facts, holdings=left))
        yield self.then.moment, self.then.verdict(facts)


def digest(checksum: str, inputs: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a program's checksum and an evaluation's inputs, as lower-case hex."""
    text = orjson.dumps([checksum, inputs], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def replay(definition: Mapping[str, Any], inputs: Mapping[str, Any]) -> Decision:
    """Evaluate again from stored data: the same program and inputs give the same decision."""
    kept = read_inputs(inputs)
    evaluator = Evaluator(parse_program(definition), kept.as_of, kept.zone, kept.rates)
    return evaluator.evaluate(kept.facts, kept.state)
