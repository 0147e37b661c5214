"""The version of a program that is in force at a moment, read once and kept: it never changes."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from cachetools import LRUCache

from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.required_facts import measured_kinds
from app.domain.programs.vocabulary import ActivityKind, VersionState
from app.persistence.models import ProgramVersion, Tier, TierProgram
from app.services.visible import find_by

_kept: LRUCache[UUID, "Version"] = LRUCache(100)


@dataclass(frozen=True)
class Version:
    """A version of a program with its ladder; `tiers` are from the lowest up."""

    id: UUID
    program_id: UUID
    program_key: str
    checksum: str
    definition: ProgramDefinition
    tiers: tuple[Tier, ...]

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Ranks by the keys of tiers."""
        return {tier.key: tier.rank for tier in self.tiers}

    @cached_property
    def kinds(self) -> frozenset[ActivityKind]:
        """The kinds of facts that it looks at."""
        return measured_kinds(self.definition)

    def tier(self, rank: int) -> Tier | None:
        """The tier of a rank; None for rank 0."""
        return self.tiers[rank - 1] if rank else None

    def rank(self, tier: Tier | None) -> int:
        """The rank that a tier, of this version or of another, has here; 0 for none.

        A tier that this version has no more counts as the one in its place, or the highest.
        """
        if tier is None:
            return 0
        return self.ranks.get(tier.key, min(tier.rank, len(self.tiers)))


async def find_program(key: str) -> TierProgram | None:
    """The tier program of a key that somebody sent; None also for what can be no key."""
    return await find_by(TierProgram, key=key)


async def version_in_force(program: TierProgram, at: datetime) -> Version | None:
    """The newest published version that is effective at a moment; None before the first."""
    # Publishing a version for a later date supersedes the one before, which counts until then.
    row = (
        await ProgramVersion.filter(program_id=program.id, effective_from__lte=at)
        .exclude(status=VersionState.DRAFT)
        .order_by("-number")
        .first()
        .only("id")
    )
    return await load_version(row.id) if row else None


async def next_version_at(program_id: UUID, after: datetime) -> datetime | None:
    """When the next published version takes effect after a moment; None if there is none."""
    later = ProgramVersion.filter(program_id=program_id, effective_from__gt=after)
    row = (
        await later.exclude(status=VersionState.DRAFT)
        .order_by("effective_from")
        .first()
        .only("effective_from")
    )
    return row.effective_from if row else None


async def versions_in_force(now: datetime) -> list[Version]:
    """The version in force of every program that has one."""
    found = [await version_in_force(program, now) for program in await TierProgram.all()]
    return [version for version in found if version]


async def load_version(id: UUID) -> Version:
    """A version by id. A draft is read again each time; a published version is cached."""
    if kept := _kept.get(id):
        return kept
    row = await ProgramVersion.get(id=id).select_related("program")
    version = Version(
        row.id,
        row.program_id,
        row.program.key,
        row.checksum,
        parse_program(row.definition),
        tuple(await Tier.filter(version_id=row.id).order_by("rank")),
    )
    if row.status != VersionState.DRAFT:
        _kept[id] = version
    return version
