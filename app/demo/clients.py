"""The clients of a demo partner: created, upgraded, tried out, suspended, archived."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo import fake_names
from app.demo.access import add_access
from app.demo.addresses import billing_columns
from app.demo.client_history import Life
from app.demo.deliveries import add_sale
from app.demo.ids import id_at
from app.demo.partner import Team, Template
from app.demo.slots import add_slots
from app.demo.subscriptions import add_licence
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


def add_clients(team: Team, count: int) -> list[Life]:
    """So many clients with licences, slots, advisors, users and content, in order of time."""
    first = team.joined + timedelta(days=12)
    domains: set[str] = set()
    # In the order in which they came, as slots are taken one after the other.
    moments = sorted(team.moment(first) for _ in range(count))
    lives = [_begin(team, at, domains) for at in moments]
    for life in lives:
        _add_client(team, life)
    add_slots(team, lives)
    return lives


def _begin(team: Team, at: datetime, domains: set[str]) -> Life:
    random = team.random
    name, domain = _name(team, domains)
    template = _template(team, at)
    employees = int(_SMALLEST * (_LARGEST / _SMALLEST) ** (random.random() ** 1.7))
    bracket = bracket_of(employees, team.scene.catalogue.brackets)
    assert bracket is not None
    life = Life(
        id=id_at(at, random),
        name=name,
        domain=domain,
        created_at=at,
        creator=random.choice(team.at_work(at)),
        template=template,
        employees=employees,
        bracket=bracket.code,
        plan=PlanCode(template.plan) if template else random.choice(_STARTS),
    )
    _upgrade(team, life)
    _archive(team, life)
    return life


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


def _upgrade(team: Team, life: Life) -> None:
    random = team.random
    at = life.created_at + timedelta(days=random.uniform(3, 150))
    if life.plan is PlanCode.FULL_FEATURE or random.random() > 0.5 or at >= team.until:
        return
    life.former, life.upgraded_at = life.plan, at
    to_full = life.plan is PlanCode.ASSESSMENT_ONLY or random.random() < 0.6
    life.plan = PlanCode.FULL_FEATURE if to_full else PlanCode.ASSESSMENT_ONLY


def _archive(team: Team, life: Life) -> None:
    if team.status == PartnerStatus.CLOSED:
        life.archived_at = team.until
    elif team.random.random() < 0.07:
        # Not within a trial, which would have been cancelled instead.
        at = team.moment((life.upgraded_at or life.created_at) + timedelta(days=40))
        if at < team.until and at > (life.upgraded_at or life.created_at):
            life.archived_at = at


def _add_client(team: Team, life: Life) -> None:
    add_licence(team, life)
    declared = team.random.random() < 0.3
    team.rows.add(
        Client,
        id=life.id,
        partner_id=team.id,
        name=life.name,
        name_key=sort_key(life.name),
        domain=life.domain,
        domain_shared=False,
        employee_count=None if declared else life.employees,
        bracket_id=life.bracket,
        size_source=SizeSource.DECLARED if declared else SizeSource.COUNTED,
        status=_status(team, life),
        plan_id=life.plan_now or life.plan,
        template_id=life.template.id if life.template else None,
        created_by=life.creator.id,
        created_at=life.created_at,
        archived_at=life.archived_at,
        **_billing(team, life),
    )
    team.diary.tell(
        EventType.CLIENT_CREATED,
        life.created_at,
        life.id,
        life.creator.as_doer,
        {
            "name": life.name,
            "plan": life.former or life.plan,
            "templateId": global_id("ClientTemplate", life.template.id) if life.template else None,
        },
        life.id,
    )
    _grant_content(team, life)
    add_access(team, life)


def _billing(team: Team, life: Life) -> dict[str, Any]:
    """Where its invoices go, if it pays itself."""
    if life.plan is not PlanCode.FULL_FEATURE or team.billing_model == BillingModel.RESELLER:
        return {}
    return billing_columns(life.name, team.country, Random(f"{life.id}:address"))


def _status(team: Team, life: Life) -> ClientStatus:
    if life.archived_at:
        return ClientStatus.ARCHIVED
    return ClientStatus.SUSPENDED if team.random.random() < 0.05 else ClientStatus.ACTIVE


def _grant_content(team: Team, life: Life) -> None:
    """What its template holds, at the versions of that day; and now and then something bought."""
    granted: set[UUID] = set()
    for item, fixed in life.template.items if life.template else ():
        out = item.usable(life.created_at)
        version_id = fixed or (out.id if out else None)
        if version_id:
            granted.add(item.id)
            _grant(team, life, item.id, version_id, GrantSource.TEMPLATE, life.created_at)
    if life.plan is PlanCode.FREE or team.random.random() > 0.15:
        return
    at = team.moment(life.created_at, life.archived_at)
    for item in team.items:
        version = item.usable(at)
        if item.price_minor is not None and version and item.id not in granted:
            _grant(team, life, item.id, version.id, GrantSource.SALE, at)
            add_sale(team, life, item, version.id, at)
            return


def _grant(
    team: Team, life: Life, item_id: UUID, version_id: UUID, source: GrantSource, at: datetime
) -> None:
    team.granted[life.id, item_id] = version_id
    team.add(
        ContentGrant,
        at,
        client_id=life.id,
        item_id=item_id,
        version_id=version_id,
        source=source,
        granted_at=at,
        locked=False,
    )
