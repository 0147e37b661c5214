"""What the rules would make, or made, of partners: simulation, preview, compliance."""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

import strawberry

from app.auth.policy import Action
from app.domain.activity import NewActivity
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.programs.problems import ProgramError
from app.services.programs.compliance import ComplianceReport as Report
from app.services.programs.compliance import compliance_report
from app.services.programs.preview_program import PreviewProgram, preview_program
from app.services.programs.simulate_tier import (
    Assumed,
    SimulateTier,
    Simulation,
    simulate_tier,
)
from resolvers.error_mapping import ApiError, Code
from resolvers.permissions import query
from schema.compliance import ComplianceReport, lines_of
from schema.inputs.facts import ReadFact, read_fact
from schema.node import row_id
from schema.partner_pages import page_info, page_size, partner_after
from schema.planned import selection_of
from schema.scalars import Cursor, DateTime
from schema.simulations import (
    AssumedActivity,
    ProgramPreview,
    TierSimulation,
    preview_of,
    simulation_of,
)

T = TypeVar("T")


@strawberry.type
class EvaluationQueries:
    """What the rules would make of partners. Nothing is written."""

    @query(
        Action.READ_SIMULATIONS,
        "Simulate one evaluation of a partner with additional facts. Nothing is stored. "
        "Evaluations between now and `at` are not played through. Null if there is no such "
        "partner that you may see, or no such program in force then.",
    )
    async def simulate_tier(
        self,
        info: strawberry.Info,
        program: Annotated[str, strawberry.argument(description="The key of the program.")],
        assume: Annotated[
            list[AssumedActivity],
            strawberry.argument(
                description="The facts to assume; empty: the partner with its own facts."
            ),
        ],
        partner_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The partner; unset: your own."),
        ] = None,
        at: Annotated[
            DateTime | None,
            strawberry.argument(
                description="The moment of the simulation, now or later; unset: now."
            ),
        ] = None,
    ) -> TierSimulation | None:
        """Simulate."""
        read = [read_fact(each.fact) for each in assume]
        moment = at or info.context.runtime.clock.now()

        async def simulate() -> Simulation:
            use_case = SimulateTier(
                row_id(partner_id, "Partner"),
                program,
                _assumed(assume, read, moment),
                at,
                "contributors" in selection_of(info).select().names,
            )
            return await simulate_tier(info.context.caller, use_case)

        found = await _told(simulate(), read)
        return simulation_of(found) if found else None

    @query(
        Action.READ_COMPLIANCE,
        "The partners whose tier would change if a version of a program were in force now, page "
        "by page. Give either a stored version or the text of a program file. This includes "
        "partners that would be newly enrolled. Null if there is no such version.",
    )
    async def preview_program_version(
        self,
        info: strawberry.Info,
        version_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="A version, such as a draft.")
        ] = None,
        text: Annotated[
            str | None, strawberry.argument(description="A program file, YAML or JSON.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many movers: 1–100; 20 if unset.")
        ] = None,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Go on from this cursor.")
        ] = None,
    ) -> ProgramPreview | None:
        """Preview."""
        if (version_id is None) == (text is None):
            raise ApiError("Give either versionId or text.", Code.BAD_USER_INPUT)
        use_case = PreviewProgram(
            row_id(version_id, "ProgramVersion"), text, page_size(first), partner_after(after)
        )
        found = await _told(preview_program(info.context.caller, use_case))
        if found is None:
            return None
        ids = [each.partner_id for each in found.movers]
        return preview_of(found, page_info(ids, found.last, after, found.more))

    @query(
        Action.READ_COMPLIANCE,
        "The tiers of all partners of a program on a date, and whether the rules in force then and "
        "the facts that took effect up to then bear them out. Null if there is no such program in "
        "force then.",
    )
    async def compliance_report(
        self,
        info: strawberry.Info,
        program: Annotated[str, strawberry.argument(description="The key of the program.")],
        as_of: Annotated[
            DateTime | None, strawberry.argument(description="The date; unset: now.")
        ] = None,
        known_at: Annotated[
            DateTime | None,
            strawberry.argument(
                description="Ignore facts recorded later than this; unset: nothing. With the "
                "date itself, the report is as it would have been on that date."
            ),
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many partners: 1–100; 20 if unset.")
        ] = None,
        after: Annotated[
            Cursor | None, strawberry.argument(description="Go on from this cursor.")
        ] = None,
    ) -> ComplianceReport | None:
        """Report."""
        size, start = page_size(first), partner_after(after)
        report = await _told(compliance_report(info.context.caller, program, as_of, known_at))
        if report is None:
            return None
        asked = {field.name for field in selection_of(info).select().fields}
        wanted = asked & {"nodes", "pageInfo"}
        rows = await report.page(start, size + 1) if wanted else []
        shown = rows[:size]
        ids = [row.partner_id for row in shown]
        return ComplianceReport(
            as_of=DateTime(report.as_of),
            known_at=DateTime(report.known_at),
            nodes=lines_of(shown),
            page_info=page_info(ids, ids[-1] if ids else None, after, len(rows) > size),
            csv_path=_csv_path(report),
            report=report,
        )


def _csv_path(report: Report) -> str:
    given = {
        name: moment.isoformat().replace("+00:00", "Z")
        for name, moment in (("asOf", report.as_of), ("knownAt", report.known_at))
    }
    return f"/exports/compliance/{quote(report.version.program_key)}.csv?{urlencode(given)}"


def _assumed(
    assume: Sequence[AssumedActivity], read: Sequence[ReadFact], moment: datetime
) -> tuple[Assumed, ...]:
    """The facts. Raises Refused for what is none."""
    unreadable = [
        replace(problem, field=("assume", str(position), *problem.field))
        for position, one in enumerate(read)
        for problem in one.unreadable
    ]
    if unreadable:
        raise Refused(unreadable)
    return tuple(
        Assumed(NewActivity(one.kind, each.occurred_at or moment, **one.values), each.count)
        for each, one in zip(assume, read, strict=True)
    )


async def _told(work: Awaitable[T], read: Sequence[ReadFact] = ()) -> T | None:
    """The work; None if what it is about is not there.

    What it refuses otherwise is told with the place of each problem in the arguments.
    """
    try:
        return await work
    except Refused as refused:
        if any(each.code is ErrorCode.NOT_FOUND for each in refused.problems):
            return None
        raise _bad([(_path(each, read), each.message) for each in refused.problems]) from refused
    except ProgramError as error:
        raise _bad([(("text",), str(each)) for each in error.problems]) from error


def _path(problem: Problem, read: Sequence[ReadFact]) -> tuple[str, ...]:
    """Where callers wrote what is wrong: facts of a kind have their values further inside."""
    place, name = problem.field[:2], problem.field[2:]
    if place[:1] != ("assume",) or not name or name == ("occurredAt",):
        return problem.field
    return (*place, *read[int(place[1])].path(name[0]))


def _bad(problems: Sequence[tuple[tuple[str, ...], str]]) -> ApiError:
    told = [f"{'.'.join(path)}: {message}" if path else message for path, message in problems]
    return ApiError(" ".join(told), Code.BAD_USER_INPUT)
