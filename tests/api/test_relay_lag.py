"""How long events wait for their number, with nobody there to number them."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from app.auth.actor import PUBLIC
from app.domain.events import EventType
from app.events.outbox import new_event
from app.main import create_app
from app.settings import Settings
from tests.world import World


@pytest.mark.parametrize(("longest", "status"), [(0, 200), (120, 200), (60, 503)])
async def test_events_that_wait_for_their_number(
    world: World, tmp_path: Path, longest: int, status: int
) -> None:
    """Told; a reason to send no requests only where the operator says so."""
    settings = Settings(_env_file=None, data_dir=tmp_path, ready_lag_seconds=longest)
    app = create_app(settings, world.database, world.clock)
    await waiting_event(world, seconds=90)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as http:
        answer = await http.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["relayLagSeconds"] == 90.0
    assert answer.json()["checks"]["relay"] == ("ok" if status == 200 else "failed")


async def waiting_event(world: World, seconds: float) -> None:
    """An event that was committed so long ago, and that nobody has numbered."""
    made = world.clock.now() - timedelta(seconds=seconds)
    id = UUID(int=(int(made.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | 1)
    event = new_event(
        EventType.PARTNER_CREATED,
        subject_id=world.acme.partner.id,
        actor=PUBLIC,
        at=world.clock.now(),
        partner_id=world.acme.partner.id,
    )
    event.id = id
    await world.database.transaction(event.save)
