"""The life of one demo client, as it is made up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.demo.partner import Person, Template
from app.domain.plans import PlanCode


@dataclass
class ClientHistory:
    """One client as it is made. `former` is the plan before an upgrade, at `upgraded_at`."""

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
    # What it pays: when that began, for a year and for a month, in minor units.
    sold_at: datetime | None = None
    yearly: int = 0
    monthly: int = 0
    # Cancelled within its trial.
    withdrawn_at: datetime | None = None
    # The plan it has now: the former one again, if it cancelled within its trial.
    plan_now: PlanCode | None = None
