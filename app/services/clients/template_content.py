"""The content of a template as a new client gets it: each item at one version, permanently (S4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.content import VersionFacts, VersionStatus, usable_version
from app.domain.errors import Problem, Refused
from app.persistence.models import ContentVersion, TemplateItem
from app.services.content.versions import versions_of
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class PickedVersion:
    """An item of the template, and the version of it that the client gets."""

    item_id: UUID
    version_id: UUID


async def pick_versions(caller: Caller, template_id: UUID, *field: str) -> list[PickedVersion]:
    """Snapshot a template's items, in its order. Only reads.

    The version that the template fixes; else, for an adopted item, the one it was adopted at; else
    the latest published. Raises Refused with a problem at `field` for each item that is retired
    (CONTENT_RETIRED) or has nothing published (CONTENT_NOT_PUBLISHED).
    """
    rows = (
        await TemplateItem.filter(template_id=template_id)
        .order_by("position")
        .prefetch_related("item", "version")
    )
    latest = await versions_of(caller, [row.item for row in rows if row.version is None])
    picked: list[PickedVersion] = []
    problems: list[Problem] = []
    for row in rows:
        choice = [_facts(row.version)] if row.version else latest[row.item.id]
        try:
            picked.append(PickedVersion(row.item.id, usable_version(choice).id))
        except Refused as refusal:
            problems += _naming(row.item.title, refusal.problems, field)
    if problems:
        raise Refused(problems)
    return picked


def _facts(version: ContentVersion) -> VersionFacts:
    return VersionFacts(version.id, version.number, VersionStatus(version.status))


def _naming(title: str, problems: Iterable[Problem], field: tuple[str, ...]) -> list[Problem]:
    """The problems of one item, at the template that holds it."""
    return [Problem(each.code, f"{title!r}: {each.message}", field) for each in problems]
