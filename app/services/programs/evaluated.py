"""What an evaluation made of one partner's standing."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.programs.evaluation import Decision
from app.persistence.models import Partner, Standing
from app.services.programs.standings import PartnerRow, StandingRow


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A partner's standing as it was read, and what evaluation makes of it."""

    partner: Partner | PartnerRow
    standing: Standing | StandingRow
    decision: Decision
    # When the next version of the program takes effect; None if none is published.
    until: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """When time, or the next version, may change the answer next."""
        due = self.decision.outcome.due_at
        return min(due, self.until) if self.until else due

    @property
    def moves(self) -> bool:
        """Whether the partner comes to another tier."""
        return self.decision.state.rank != self.decision.before.rank
