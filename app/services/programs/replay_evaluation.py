"""Evaluating again what was kept: from the inputs kept with it, and from the records themselves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.domain.programs.evaluation import Decision, digest, replay
from app.domain.programs.inputs import facts_json
from app.persistence.database import Database
from app.persistence.models import Evaluation, ProgramVersion
from app.services.programs.measuring import Known, load_facts, rows_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether a replay came to the same: the inputs by their digest, what came of them, and the
    sums of the records that the partner had then."""

    same_inputs: bool
    same_result: bool
    same_records: bool

    @property
    def same(self) -> bool:
        """Whether all of it is the same."""
        return self.same_inputs and self.same_result and self.same_records


async def replay_evaluation(database: Database, id: UUID) -> Replayed | None:
    """Replay a kept evaluation; None if there is none with this id. Nothing is written."""
    return await database.read(lambda: _replay(database, id))


async def _replay(database: Database, id: UUID) -> Replayed | None:
    row = await Evaluation.get_or_none(id=id)
    if row is None:
        return None
    version = await ProgramVersion.get(id=row.version_id)
    again = replay(version.definition, row.inputs)
    return Replayed(
        same_inputs=digest(version.checksum, again.inputs()) == row.digest,
        same_result=_told(again) == (row.effects, _numbers(row.result)),
        same_records=await _facts(database, row, again) == row.inputs["facts"],
    )


def _told(decision: Decision) -> tuple[Any, Any]:
    plain = orjson.loads(orjson.dumps(decision.result()))
    return decision.effects(), _numbers(plain)


def _numbers(result: Any) -> Any:
    """An explanation without the records behind each number."""
    if isinstance(result, dict):
        return {key: _numbers(value) for key, value in result.items() if key != "contributors"}
    return [_numbers(each) for each in result] if isinstance(result, list) else result


async def _facts(database: Database, row: Evaluation, again: Decision) -> dict[str, Any]:
    """What the records that the partner had then add up to."""
    evaluator = again.evaluator
    found = await load_facts(
        rows_of(database),
        database.dialect,
        evaluator,
        {row.partner_id: again.facts.partner},
        Known(position=row.facts_to),
    )
    return facts_json(found[row.partner_id], evaluator.flows)
