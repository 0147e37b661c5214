"""The clients of a demo partner: created, on trial, upgraded, suspended, archived."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo import fake_names
from app.demo.access import add_access
from app.demo.addresses import billing_columns
from app.demo.client_history import ClientHistory
from app.demo.deliveries import add_sale
from app.demo.ids import id_at
from app.demo.partner import Team, Template
from app.demo.slots import add_slots
from app.demo.subscriptions import add_subscription
from app.domain.clients import ClientStatus, SizeSource
from app.domain.content import GrantSource
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.partners import BillingModel, PartnerStatus
from app.domain.plans import PlanCode, bracket_of
from app.domain.text import sort_key
from app.persistence.models import Client, ContentGrant

# What clients start on without a template.
_STARTS = [PlanCode.FREE] * 9 + [PlanCode.ASSESSMENT_ONLY] * 7 + [PlanCode.FULL_FEATURE] * 4
_SMALLEST, _LARGEST = 3, 20_000


def add_clients(team: Team, count: int) -> list[ClientHistory]:
    """Create the clients with subscriptions, slots, advisors, users and content, in order of
    time.
    """
    first = team.joined + timedelta(days=12)
    domains: set[str] = set()
    # In order of creation, since slots are consumed one after the other.
    moments = sorted(team.moment(first) for _ in range(count))
    histories = [_start_client(team, at, domains) for at in moments]
    for history in histories:
        _add_client(team, history)
    add_slots(team, histories)
    return histories


def _start_client(team: Team, at: datetime, domains: set[str]) -> ClientHistory:
    random = team.random
    name, domain = _name(team, domains)
    template = _template(team, at)
    employees = int(_SMALLEST * (_LARGEST / _SMALLEST) ** (random.random() ** 1.7))
    bracket = bracket_of(employees, team.shared.catalogue.brackets)
    assert bracket is not None
    history = ClientHistory(
        id=id_at(at, random),
        name=name,
        domain=domain,
        created_at=at,
        creator=random.choice(team.active_people(at)),
        template=template,
        employees=employees,
        bracket=bracket.code,
        plan=PlanCode(template.plan) if template else random.choice(_STARTS),
    )
    _upgrade(team, history)
    _archive(team, history)
    return history


def _name(team: Team, domains: set[str]) -> tuple[str, str]:
    while True:
        name = fake_names.company(team.random, team.country)
        domain = f"{fake_names.ascii_slug(name)}{team.domain_mark}.example"
        if domain not in domains:
            domains.add(domain)
            return name, domain


def _template(team: Team, at: datetime) -> Template | None:
    offered = [
        template
        for template in team.templates
        if template.created_at <= at and not (template.retired_at and template.retired_at <= at)
    ]
    return team.random.choice(offered) if offered and team.random.random() < 0.6 else None


def _upgrade(team: Team, history: ClientHistory) -> None:
    random = team.random
    at = history.created_at + timedelta(days=random.uniform(3, 150))
    if history.plan is PlanCode.FULL_FEATURE or random.random() > 0.5 or at >= team.until:
        return
    history.former, history.upgraded_at = history.plan, at
    to_full = history.plan is PlanCode.ASSESSMENT_ONLY or random.random() < 0.6
    history.plan = PlanCode.FULL_FEATURE if to_full else PlanCode.ASSESSMENT_ONLY


def _archive(team: Team, history: ClientHistory) -> None:
    if team.status == PartnerStatus.CLOSED:
        history.archived_at = team.until
    elif team.random.random() < 0.07:
        # Not within a trial, which would be cancelled instead.
        at = team.moment((history.upgraded_at or history.created_at) + timedelta(days=40))
        if at < team.until and at > (history.upgraded_at or history.created_at):
            history.archived_at = at


def _add_client(team: Team, history: ClientHistory) -> None:
    add_subscription(team, history)
    declared = team.random.random() < 0.3
    team.rows.add(
        Client,
        id=history.id,
        partner_id=team.id,
        name=history.name,
        name_key=sort_key(history.name),
        domain=history.domain,
        domain_shared=False,
        employee_count=None if declared else history.employees,
        bracket_id=history.bracket,
        size_source=SizeSource.DECLARED if declared else SizeSource.COUNTED,
        status=_status(team, history),
        plan_id=history.plan_now or history.plan,
        template_id=history.template.id if history.template else None,
        created_by=history.creator.id,
        created_at=history.created_at,
        archived_at=history.archived_at,
        **_billing(team, history),
    )
    team.timeline.record(
        EventType.CLIENT_CREATED,
        history.created_at,
        history.id,
        history.creator.as_actor,
        {
            "name": history.name,
            "plan": history.former or history.plan,
            "templateId": global_id("ClientTemplate", history.template.id)
            if history.template
            else None,
        },
        history.id,
    )
    _grant_content(team, history)
    add_access(team, history)


def _billing(team: Team, history: ClientHistory) -> dict[str, Any]:
    """Return its invoice address, if it pays itself."""
    if history.plan is not PlanCode.FULL_FEATURE or team.billing_model == BillingModel.RESELLER:
        return {}
    return billing_columns(history.name, team.country, Random(f"{history.id}:address"))


def _status(team: Team, history: ClientHistory) -> ClientStatus:
    if history.archived_at:
        return ClientStatus.ARCHIVED
    return ClientStatus.SUSPENDED if team.random.random() < 0.05 else ClientStatus.ACTIVE


def _grant_content(team: Team, history: ClientHistory) -> None:
    """Grant the items of its template, at the versions of that day, and sometimes a bought item."""
    granted: set[UUID] = set()
    for item, fixed in history.template.items if history.template else ():
        out = item.usable(history.created_at)
        version_id = fixed or (out.id if out else None)
        if version_id:
            granted.add(item.id)
            _grant(team, history, item.id, version_id, GrantSource.TEMPLATE, history.created_at)
    if history.plan is PlanCode.FREE or team.random.random() > 0.15:
        return
    at = team.moment(history.created_at, history.archived_at)
    for item in team.items:
        version = item.usable(at)
        if item.price_minor is not None and version and item.id not in granted:
            _grant(team, history, item.id, version.id, GrantSource.SALE, at)
            add_sale(team, history, item, version.id, at)
            return


def _grant(
    team: Team,
    history: ClientHistory,
    item_id: UUID,
    version_id: UUID,
    source: GrantSource,
    at: datetime,
) -> None:
    team.granted[history.id, item_id] = version_id
    team.add(
        ContentGrant,
        at,
        client_id=history.id,
        item_id=item_id,
        version_id=version_id,
        source=source,
        granted_at=at,
        locked=False,
    )
