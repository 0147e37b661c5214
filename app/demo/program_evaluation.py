"""Evaluation of demo programs at any time, with the service's own rules."""

from collections.abc import Sequence
from datetime import datetime

from cachetools import LRUCache

from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Rate, Rates
from app.domain.programs.model import ProgramDefinition, Span
from app.domain.programs.periods import Calendar
from app.domain.programs.vocabulary import PeriodUnit

MONTH = Span(1, PeriodUnit.MONTH)


class ProgramEngine:
    """Evaluates partners of one program. Times that partners share are prepared once."""

    def __init__(self, definition: ProgramDefinition, zone: str, rates: Sequence[Rate]) -> None:
        self.definition = definition
        self.calendar = Calendar(zone)
        self._rates = Rates(rates)
        self._ready: LRUCache[datetime, Evaluator] = LRUCache(64)

    def at(self, moment: datetime) -> Evaluator:
        """Return the program prepared for a time."""
        if moment not in self._ready:
            zone = self.calendar.zone
            self._ready[moment] = Evaluator(self.definition, moment, zone, self._rates)
        return self._ready[moment]

    def month_start(self, moment: datetime) -> datetime:
        """Return when the month that contains a time began."""
        return self.calendar.midnight(self.calendar.period(self.calendar.day(moment), MONTH)[0])

    def month_end(self, moment: datetime) -> datetime:
        """Return when the next month begins."""
        return self.calendar.next_period(moment, MONTH)
