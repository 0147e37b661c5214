"""The generated history of one demo client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.demo.partner import Person, Template
from app.domain.plans import PlanCode


@dataclass
class ClientHistory:
    """A generated client. `former` is the plan before an upgrade at `upgraded_at`."""

    id: UUID
    name: str
    domain: str
    created_at: datetime
    creator: Person
    template: Template | None
    employees: int
    bracket: str
    plan: PlanCode
    former: PlanCode | None = None
    upgraded_at: datetime | None = None
    archived_at: datetime | None = None
    # Its billing: the start, and the price for a year and for a month, in minor units.
    sold_at: datetime | None = None
    yearly: int = 0
    monthly: int = 0
    # Cancelled within its trial.
    withdrawn_at: datetime | None = None
    # The current plan: the former one if it cancelled within its trial.
    plan_now: PlanCode | None = None
