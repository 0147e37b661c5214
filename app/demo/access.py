"""Access to demo clients: assigned advisors, and the client's own users."""

from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.client_history import ClientHistory
from app.demo.ids import id_at
from app.demo.invitations import add_invitation
from app.demo.partner import Person, Team
from app.demo.timeline import EventActor
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


def add_access(team: Team, history: ClientHistory) -> None:
    """Add assignments from the first day and later ones, users, and finally the archiving."""
    _assign_team(team, history)
    _add_users(team, history)
    if not history.archived_at:
        return
    team.timeline.record(
        EventType.CLIENT_ARCHIVED,
        history.archived_at,
        history.id,
        _actor(team, history, history.archived_at),
        {
            "name": history.name,
            "subscriptionCancelled": history.plan is PlanCode.FULL_FEATURE,
            "slotReturned": False,
        },
        history.id,
    )


def _assign_team(team: Team, history: ClientHistory) -> None:
    people = {person.id: person for person in team.active_people(history.created_at)}
    ids = [*(history.template.advisors if history.template else ()), history.creator.id]
    assigned = [people[id] for id in dict.fromkeys(ids) if id in people]
    for person in assigned:
        _assign(team, history, person, AssignmentRole.ADMIN, history.created_at)
    if team.random.random() > 0.35:
        return
    at = team.moment(history.created_at, history.archived_at)
    others = [person for person in team.active_people(at) if person not in assigned]
    if others:
        _assign(team, history, team.random.choice(others), team.random.choice(_ROLES), at)


def _assign(
    team: Team, history: ClientHistory, person: Person, role: AssignmentRole, at: datetime
) -> None:
    ends = [moment for moment in (history.archived_at, person.until) if moment]
    if team.random.random() < 0.08:
        ends.append(team.moment(at + timedelta(days=14)))
    ended_at = min((end for end in ends if at <= end <= team.until), default=None)
    team.add(
        AdvisorAssignment,
        at,
        client_id=history.id,
        advisor_id=person.id,
        role=role,
        assigned_at=at,
        ended_at=ended_at,
    )
    facts = {"advisorId": global_id("Advisor", person.id), "role": role}
    actor = _actor(team, history, at)
    team.timeline.record(EventType.ADVISOR_ASSIGNED, at, person.id, actor, facts, history.id)
    if ended_at:
        actor = _actor(team, history, ended_at)
        team.timeline.record(
            EventType.ADVISOR_UNASSIGNED, ended_at, person.id, actor, facts, history.id
        )


def _add_users(team: Team, history: ClientHistory) -> None:
    emails: set[str] = set()
    # Squared, so that many clients have few users and few have many.
    for _ in range(int(team.random.random() ** 1.5 * (_MOST_USERS + 1))):
        at = history.created_at
        if team.random.random() < 0.5:
            at = team.moment(at, history.archived_at)
        name = fake_names.person(team.random, team.country)
        id = id_at(at, team.random)
        email = fake_names.email(name, history.domain, emails)
        status = team.random.choice(_USER_STATUSES)
        team.rows.add(
            ClientUser,
            id=id,
            partner_id=team.id,
            client_id=history.id,
            name=name,
            name_key=sort_key(name),
            email=email,
            status=status,
            created_at=at,
        )
        actor = _actor(team, history, at)
        team.timeline.record(EventType.CLIENT_USER_ADDED, at, id, actor, {"name": name}, history.id)
        if status == ClientUserStatus.INVITED:
            add_invitation(team, at, actor, email, client_user_id=id, client_id=history.id)


def _actor(team: Team, history: ClientHistory, at: datetime) -> EventActor:
    """Return the client's creator or, if no longer active, the team's founder."""
    present = history.creator.since <= at < history.creator.until
    return (history.creator if present else team.people[0]).as_actor
