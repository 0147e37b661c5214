"""Taking a tier program into the database, as its next version."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.programs.canonical import checksum, policy_json, program_json, requirement_json
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.vocabulary import VersionState
from app.persistence.models import Benefit, ProgramVersion, Tier, TierBenefit, TierProgram


@dataclass(frozen=True, slots=True)
class ImportedProgram:
    """The version that holds the program now; `created` is False if it was there before."""

    program_id: UUID
    version_id: UUID
    number: int
    created: bool


async def import_program(
    definition: ProgramDefinition, *, at: datetime, publish: bool = True
) -> ImportedProgram:
    """Write the program as its next version, inside the open unit of work.

    If the newest version says the same (by checksum), no other is made; a draft is published then
    if `publish` asks for it. Publishing supersedes the version published before. `at` is the
    moment of the import, aware, in UTC. Imports of one program wait for each other.
    """
    program = await _locked_program(definition, at)
    newest = await ProgramVersion.filter(program_id=program.id).order_by("-number").first()
    created = newest is None or newest.checksum != checksum(definition)
    if newest is None or created:
        number = newest.number + 1 if newest else 1
        newest = await _write_version(definition, program.id, number, at)
    if publish and newest.status == VersionState.DRAFT:
        await publish_version(definition, program.id, newest.id, at)
    return ImportedProgram(program.id, newest.id, newest.number, created)


async def _locked_program(definition: ProgramDefinition, at: datetime) -> TierProgram:
    row = TierProgram(
        key=definition.key,
        name=definition.name,
        description=definition.description,
        partner_types=list(definition.partner_types),
        created_at=at,
    )
    # Of two first imports at once, the second waits here and then finds the first one's row. The
    # lock makes later ones wait too; SQLite has one writer anyway.
    await TierProgram.bulk_create([row], ignore_conflicts=True)
    return await TierProgram.select_for_update().get(key=definition.key)


async def publish_version(
    definition: ProgramDefinition, program_id: UUID, version_id: UUID, at: datetime
) -> None:
    """Publish a draft, which says `definition`, inside the open unit of work.

    It supersedes the version published before. Whether it may be published is the caller's to see.
    """
    await ProgramVersion.filter(program_id=program_id, status=VersionState.PUBLISHED).update(
        status=VersionState.SUPERSEDED
    )
    await ProgramVersion.filter(id=version_id).update(
        status=VersionState.PUBLISHED, published_at=at
    )
    # What a draft says of the program itself counts from here on.
    await TierProgram.filter(id=program_id).update(
        name=definition.name,
        description=definition.description,
        partner_types=list(definition.partner_types),
    )


async def _write_version(
    definition: ProgramDefinition, program_id: UUID, number: int, at: datetime
) -> ProgramVersion:
    version = await ProgramVersion.create(
        program_id=program_id,
        number=number,
        status=VersionState.DRAFT,
        effective_from=definition.effective_from,
        gate=requirement_json(definition.gate),
        policy=policy_json(definition.policy),
        definition=program_json(definition),
        checksum=checksum(definition),
        created_at=at,
    )
    tiers = _tiers(definition, version.id)
    benefits = _benefits(definition, version.id)
    await Tier.bulk_create(tiers.values())
    await Benefit.bulk_create(benefits.values())
    await TierBenefit.bulk_create(_tier_benefits(definition, version.id, tiers, benefits))
    return version


def _tiers(definition: ProgramDefinition, version_id: UUID) -> dict[str, Tier]:
    return {
        tier.key: Tier(
            version_id=version_id,
            key=tier.key,
            name=tier.name,
            rank=tier.rank,
            color=tier.color,
            requirement=requirement_json(tier.requirement),
        )
        for tier in definition.tiers
    }


def _benefits(definition: ProgramDefinition, version_id: UUID) -> dict[str, Benefit]:
    return {
        benefit.key: Benefit(
            version_id=version_id,
            key=benefit.key,
            name=benefit.name,
            description=benefit.description,
            kind=benefit.kind,
            position=position,
        )
        for position, benefit in enumerate(definition.benefits, start=1)
    }


def _tier_benefits(
    definition: ProgramDefinition,
    version_id: UUID,
    tiers: dict[str, Tier],
    benefits: dict[str, Benefit],
) -> list[TierBenefit]:
    return [
        TierBenefit(
            version_id=version_id,
            tier_id=tiers[grant.tier].id,
            benefit_id=benefits[benefit.key].id,
            position=benefits[benefit.key].position,
            value=dict(grant.value),
            condition=requirement_json(benefit.condition_in(grant)),
        )
        for benefit in definition.benefits
        for grant in benefit.grants
    ]
