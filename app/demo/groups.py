"""The vendor's groups of partners by country, for regional content."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.demo import fake_names
from app.demo.bulk_insert import Rows
from app.demo.ids import id_at
from app.demo.partner import Team
from app.demo.timeline import EventActor, Timeline
from app.domain.events import EventType
from app.domain.ids import global_id
from app.persistence.models import PartnerGroup, PartnerGroupMember


def add_groups(rows: Rows, seed: int, opened: datetime, actor: EventActor) -> Mapping[str, UUID]:
    """Add all groups, without members. Return their ids by key."""
    # A separate random generator, so that groups do not change other data.
    random, timeline = Random(f"{seed}:groups"), Timeline(None)
    ids: dict[str, UUID] = {}
    for group in fake_names.data("vendor")["groups"]:
        facts = {"key": group["key"], "name": group["name"]}
        ids[group["key"]] = id_at(opened, random)
        rows.add(PartnerGroup, id=ids[group["key"]], created_at=opened, **facts)
        timeline.record(EventType.PARTNER_GROUP_CREATED, opened, ids[group["key"]], actor, facts)
    timeline.write(rows, random)
    return ids


def groups_of(country: str) -> list[str]:
    """Return the keys of the groups of partners of a country."""
    groups = fake_names.data("vendor")["groups"]
    return [group["key"] for group in groups if country in group["countries"]]


def join_groups(team: Team) -> None:
    """Add the partner to its groups on the day after it joined."""
    random, timeline = Random(f"{team.shared.seed}:{team.id}:groups"), Timeline(None)
    at = team.joined + timedelta(days=1)
    for key in groups_of(team.country):
        group_id = team.shared.groups[key]
        team.rows.add(
            PartnerGroupMember,
            id=id_at(at, random),
            group_id=group_id,
            partner_id=team.id,
            added_at=at,
        )
        data = {"key": key, "added": [global_id("Partner", team.id)], "removed": []}
        timeline.record(EventType.PARTNER_GROUP_CHANGED, at, group_id, team.vendor, data)
    timeline.write(team.rows, random)
