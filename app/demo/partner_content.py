"""Content of a demo partner: its exclusive library and its client templates."""

from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.content import ItemOutline, LibraryTarget, add_item
from app.demo.groups import groups_of
from app.demo.partner import Team, Template
from app.demo.shared_data import Item, Version
from app.domain.content import ContentKind, VersionStatus
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.plans import TemplateStatus
from app.domain.text import sort_key
from app.persistence.models import ClientTemplate, ContentItem, TemplateAdvisor, TemplateItem

_MOST_ITEMS = 12
# Asking prices in minor units.
_PRICES = (4_900, 9_900, 14_900, 24_900, 49_900, 99_000)


def add_library(team: Team, clients: int) -> None:
    """Add 0 to 12 items: some adopted from the open library, some the partner's own, some for
    sale.
    """
    most = _MOST_ITEMS if clients >= 10 else 6 if clients else 2
    least = 8 if clients >= 30 else min(clients, 2)
    count = team.random.randint(least, most)
    # The partner of the demo's keys has some items of its own to show.
    adopted = count - team.random.randint(2 if clients >= 30 else 0, count)
    # At least enough for a first template.
    adopted = max(adopted, min(count, 1))
    for item in team.random.sample(list(team.shared.open_items), adopted):
        _adopt(team, item)
    titles: set[str] = set()
    while len(titles) < count - adopted:
        own = team.random.choice(fake_names.data("library")["own"])
        title = own["title"].format(place=fake_names.industry(team.random))
        if title not in titles:
            titles.add(title)
            _add_own_item(team, ContentKind(own["kind"]), title)


def _adopt(team: Team, item: Item) -> None:
    at = team.moment(team.joined + timedelta(days=2), team.joined + timedelta(days=60))
    version = item.usable(at)
    if version is None or not item.is_for(team.tier_at(at), groups_of(team.country)):
        return
    adopted_id = team.add(
        ContentItem,
        at,
        library_id=team.library_id,
        kind=item.kind,
        title=item.title,
        title_key=sort_key(item.title),
        description=item.description,
        tags=item.tags,
        adopted_item_id=item.id,
        adopted_version_id=version.id,
        locked=team.random.random() < 0.15,
        created_at=at,
    )
    # Clients get the adopted version from the day of the adoption.
    taken = Version(version.id, version.number, at, retired=False)
    team.items.append(
        Item(adopted_id, item.kind, item.title, item.description, item.tags, [], [taken])
    )
    team.timeline.record(
        EventType.CONTENT_ITEM_ADOPTED,
        at,
        adopted_id,
        team.people[0].as_actor,
        {
            "title": item.title,
            "adoptedItemId": global_id("ContentItem", item.id),
            "adoptedVersionId": global_id("ContentVersion", version.id),
            "number": version.number,
        },
    )


def _add_own_item(team: Team, kind: ContentKind, title: str) -> None:
    random = team.random
    moments = [team.moment(team.joined + timedelta(days=2), team.joined + timedelta(days=60))]
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        moments.append(team.moment(moments[-1]))
    draw = random.random()
    latest = VersionStatus.PUBLISHED
    if draw < 0.2:
        latest = VersionStatus.RETIRED if draw < 0.05 else VersionStatus.DRAFT
    points = random.sample(fake_names.data("library")["own_points"], 4)
    price = (random.choice(_PRICES), team.currency) if random.random() < 0.35 else None
    outline = ItemOutline(
        kind=kind,
        title=title,
        description=f"Made by {team.name} from its own engagements.",
        tags=[kind.lower().replace("_", "-"), "own"],
        points=points,
        moments=moments,
        latest=latest,
        retired_at=team.moment(moments[-1]) if latest is VersionStatus.RETIRED else None,
        price=price,
    )
    target = LibraryTarget(
        team.rows, random, team.timeline, team.people[0].as_actor, team.library_id, team.id
    )
    team.items.append(add_item(target, outline))


def add_templates(team: Team) -> None:
    """Add 1 to 6 templates for a partner with content for clients."""
    usable = [item for item in team.items if item.usable(team.until)]
    if not usable:
        return
    first = min(item.versions[0].published_at for item in usable)
    recipes = fake_names.data("library")["templates"]
    for recipe in team.random.sample(recipes, team.random.randint(1, len(recipes))):
        at = team.moment(first + timedelta(days=1), first + timedelta(days=75))
        # The first item exists by then, unless the partner left immediately.
        there = [item for item in usable if item.usable(at)]
        if there:
            _add_template(team, recipe, at, there)


def _add_template(team: Team, recipe: dict[str, str], at: datetime, there: list[Item]) -> None:
    random = team.random
    retired_at = team.moment(at) if random.random() < 0.08 else None
    id = team.add(
        ClientTemplate,
        at,
        name=recipe["name"],
        name_key=sort_key(recipe["name"]),
        description=recipe["about"],
        engagement_type=recipe["engagement"],
        plan_id=recipe["plan"],
        status=TemplateStatus.RETIRED if retired_at else TemplateStatus.ACTIVE,
        created_at=at,
        updated_at=retired_at or at,
    )
    actor = random.choice(team.active_people(at)).as_actor
    facts = {"name": recipe["name"], "plan": recipe["plan"]}
    team.timeline.record(EventType.TEMPLATE_CREATED, at, id, actor, facts)
    if retired_at:
        team.timeline.record(
            EventType.TEMPLATE_UPDATED, retired_at, id, actor, {"changed": ["status"]}
        )
    template = Template(id, recipe["plan"], at, retired_at, [], [])
    for position, item in enumerate(random.sample(there, min(len(there), random.randint(1, 5)))):
        fixed = item.usable(at) if random.random() < 0.3 else None
        fixed_id = fixed.id if fixed else None
        team.add(
            TemplateItem,
            at,
            template_id=id,
            item_id=item.id,
            version_id=fixed_id,
            position=position,
        )
        template.items.append((item, fixed_id))
    lasting = [person for person in team.active_people(at) if person.until > team.until]
    for position, person in enumerate(
        random.sample(lasting, random.randint(0, min(2, len(lasting))))
    ):
        team.add(TemplateAdvisor, at, template_id=id, advisor_id=person.id, position=position)
        template.advisors.append(person.id)
    team.templates.append(template)
