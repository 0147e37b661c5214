"""Who works in a demo client: advisors by assignment, and the client's own users."""

from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.client_history import Life
from app.demo.ids import id_at
from app.demo.invitations import add_invitation
from app.demo.partner import Person, Team
from app.demo.timeline import Doer
from app.domain.clients import AssignmentRole, ClientUserStatus
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.plans import PlanCode
from app.domain.text import sort_key
from app.persistence.models import AdvisorAssignment, ClientUser

_ROLES = [AssignmentRole.ADMIN] * 3 + [AssignmentRole.CONTRIBUTOR, AssignmentRole.VIEWER]
_USER_STATUSES = (
    [ClientUserStatus.ACTIVE] * 7 + [ClientUserStatus.INVITED] * 2 + [ClientUserStatus.REVOKED]
)
_MOST_USERS = 6


def add_access(team: Team, life: Life) -> None:
    """Assignments from the first day and later ones, users, and at the end the archive."""
    _assign_team(team, life)
    _add_users(team, life)
    if not life.archived_at:
        return
    team.diary.tell(
        EventType.CLIENT_ARCHIVED,
        life.archived_at,
        life.id,
        _doer(team, life, life.archived_at),
        {
            "name": life.name,
            "subscriptionCancelled": life.plan is PlanCode.FULL_FEATURE,
            "slotReturned": False,
        },
        life.id,
    )


def _assign_team(team: Team, life: Life) -> None:
    people = {person.id: person for person in team.at_work(life.created_at)}
    ids = [*(life.template.advisors if life.template else ()), life.creator.id]
    assigned = [people[id] for id in dict.fromkeys(ids) if id in people]
    for person in assigned:
        _assign(team, life, person, AssignmentRole.ADMIN, life.created_at)
    if team.random.random() > 0.35:
        return
    at = team.moment(life.created_at, life.archived_at)
    others = [person for person in team.at_work(at) if person not in assigned]
    if others:
        _assign(team, life, team.random.choice(others), team.random.choice(_ROLES), at)


def _assign(team: Team, life: Life, person: Person, role: AssignmentRole, at: datetime) -> None:
    ends = [moment for moment in (life.archived_at, person.until) if moment]
    if team.random.random() < 0.08:
        ends.append(team.moment(at + timedelta(days=14)))
    ended_at = min((end for end in ends if at <= end <= team.until), default=None)
    team.add(
        AdvisorAssignment,
        at,
        client_id=life.id,
        advisor_id=person.id,
        role=role,
        assigned_at=at,
        ended_at=ended_at,
    )
    facts = {"advisorId": global_id("Advisor", person.id), "role": role}
    doer = _doer(team, life, at)
    team.diary.tell(EventType.ADVISOR_ASSIGNED, at, person.id, doer, facts, life.id)
    if ended_at:
        doer = _doer(team, life, ended_at)
        team.diary.tell(EventType.ADVISOR_UNASSIGNED, ended_at, person.id, doer, facts, life.id)


def _add_users(team: Team, life: Life) -> None:
    emails: set[str] = set()
    # Squared: many clients with few users, few with many.
    for _ in range(int(team.random.random() ** 1.5 * (_MOST_USERS + 1))):
        at = life.created_at
        if team.random.random() < 0.5:
            at = team.moment(at, life.archived_at)
        name = fake_names.person(team.random, team.country)
        id = id_at(at, team.random)
        email = fake_names.email(name, life.domain, emails)
        status = team.random.choice(_USER_STATUSES)
        team.rows.add(
            ClientUser,
            id=id,
            partner_id=team.id,
            client_id=life.id,
            name=name,
            name_key=sort_key(name),
            email=email,
            status=status,
            created_at=at,
        )
        doer = _doer(team, life, at)
        team.diary.tell(EventType.CLIENT_USER_ADDED, at, id, doer, {"name": name}, life.id)
        if status == ClientUserStatus.INVITED:
            add_invitation(team, at, doer, email, client_user_id=id, client_id=life.id)


def _doer(team: Team, life: Life, at: datetime) -> Doer:
    """The client's creator or, if gone by then, the team's founder."""
    present = life.creator.since <= at < life.creator.until
    return (life.creator if present else team.people[0]).as_doer
