"""The advisors of a demo partner: 2 to 8, some only invited, some gone."""

from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.ids import id_at
from app.demo.invitations import add_invitation
from app.demo.partner import Person, Team
from app.domain.events import EventType
from app.domain.partners import AdvisorStatus, TeamRole
from app.domain.text import sort_key
from app.persistence.models import Advisor

_MOST = 8


def add_people(team: Team, clients: int) -> None:
    """Add as many advisors as the clients need. The first two are there from the beginning."""
    emails: set[str] = set()
    count = min(_MOST, 2 + team.random.randint(0, 2) + clients // 12) if team.worked else 2
    for position in range(count):
        _add_person(team, position, emails)


def _add_person(team: Team, position: int, emails: set[str]) -> None:
    random = team.random
    founding = position < 2
    status = _status(team, founding)
    created = team.joined if founding else team.moment(team.joined + timedelta(days=5))
    if status == AdvisorStatus.INVITED and not founding:
        created = team.moment(team.until - timedelta(days=20))
    soon = timedelta(hours=1) if founding else timedelta(days=2)
    since = team.moment(created, created + soon)
    until = datetime.max.replace(tzinfo=team.until.tzinfo)
    if status == AdvisorStatus.REVOKED:
        until = team.moment(since)
    id = id_at(created, random)
    role = TeamRole.PARTNER_ADMIN if _is_admin(team, position) else TeamRole.ADVISOR
    name = fake_names.person(random, team.country)
    email = fake_names.email(name, f"{team.slug}.example", emails)
    team.rows.add(
        Advisor,
        id=id,
        partner_id=team.id,
        name=name,
        name_key=sort_key(name),
        email=email,
        role=role,
        status=status,
        active_from=None if status == AdvisorStatus.INVITED else since,
        active_to=until if status == AdvisorStatus.REVOKED else None,
        created_at=created,
    )
    inviter = team.people[0].as_actor if position and team.people else team.vendor
    team.timeline.record(
        EventType.ADVISOR_INVITED, created, id, inviter, {"name": name, "role": role}
    )
    if status == AdvisorStatus.INVITED:
        add_invitation(team, created, inviter, email, advisor_id=id)
    else:
        team.people.append(Person(id, role, email, since, until))


def _status(team: Team, founding: bool) -> AdvisorStatus:
    if not team.worked:
        return AdvisorStatus.INVITED
    draw = team.random.random()
    if founding or draw >= 0.3:
        return AdvisorStatus.ACTIVE
    return AdvisorStatus.INVITED if draw < 0.15 else AdvisorStatus.REVOKED


def _is_admin(team: Team, position: int) -> bool:
    return position == 0 or (position > 1 and team.random.random() < 0.2)
