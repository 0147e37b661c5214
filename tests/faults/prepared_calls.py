"""A database in which one call of each mutation is possible, and these calls as HTTP requests.

Made once, in a copy of the loaded process; servers under test are told the moment it is for.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from app.auth.actor import Actor
from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.domain.identity import Role
from app.events.bus import Bus
from app.events.relay import Relay
from app.persistence.database import Database
from app.services.programs.evaluator import Evaluator
from app.settings import Settings
from tests.api.calls import REFUSALS
from tests.api.valid_calls import calls
from tests.conftest import NOW, ManualClock
from tests.faults.servers import Place
from tests.world import World, make_world

ISSUER, AUDIENCE = "https://login.example", "partnergraph"
SECRET = "the secret of the server in tests"
TOKENS = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "demo": True, "secret": SECRET}


@dataclass(frozen=True)
class Request:
    """A call of a mutation as it is sent. `change` makes another call of it."""

    name: str
    document: str
    input: dict[str, Any]
    change: dict[str, Any]
    authorization: str

    def body(self, key: str, **changes: Any) -> dict[str, Any]:
        """The JSON of the call, with an idempotency key."""
        input = {"idempotencyKey": key, **self.input, **changes}
        return {"query": self.document, "variables": {"input": input}}

    def headers(self, fault: str = "") -> dict[str, str]:
        """The headers of the call, with the fault that it is to meet."""
        return {"authorization": self.authorization, **({"x-fault": fault} if fault else {})}


async def prepare(data: Path, database_url: str) -> None:
    """Fill the migrated, empty database of a place; write its requests into the folder."""
    settings = Settings(_env_file=None, data_dir=data, database_url=database_url, **TOKENS)
    database = Database(settings.resolved_database_url)
    await database.open()
    clock = ManualClock(NOW)
    world = await make_world(database, clock)
    signing = ECKey.generate_key("P-256", {"kid": "ec"})
    (data / "jwks.json").write_text(json.dumps({"keys": [signing.as_dict(private=False)]}))
    sign = Signer(world, server_secret(settings), signing)
    made = [
        Request(
            name,
            f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input)"
            f" {{ {REFUSALS} {call.selection} }} }}",
            call.input,
            call.change,
            await sign.authorization(call.actor),
        )
        for name, call in (await calls(world)).items()
    ]
    # What servers do by themselves when they start is done.
    while await Relay(database, Bus()).publish():
        pass
    await Evaluator(database, clock).catch_up()
    await database.close()
    requests = [asdict(request) for request in made]
    (data / "requests.json").write_text(json.dumps(requests))


@dataclass
class Signer:
    """Makes what actors call with: a key for each person, a token for somebody new."""

    world: World
    secret: bytes
    signing: ECKey
    made: dict[Actor, str] = field(default_factory=dict)

    async def authorization(self, actor: Actor) -> str:
        """The value of the header."""
        if actor not in self.made:
            self.made[actor] = f"Bearer {await self._text(actor)}"
        return self.made[actor]

    async def _text(self, actor: Actor) -> str:
        if actor.role is Role.NEWCOMER:
            assert actor.identity
            expires = int((NOW + timedelta(days=1)).timestamp())
            claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": actor.identity.subject, "exp": expires}
            return jwt.encode({"alg": "ES256", "kid": "ec"}, claims, self.signing)
        new = NewKey("test", actor.role, actor.user_id)
        world = self.world
        return (await create_key(world.database, world.clock, self.secret, new)).text


def requests_of(data: Path) -> list[Request]:
    """The requests that were prepared for a place."""
    return [Request(**made) for made in json.loads((data / "requests.json").read_text())]


def prepared_place(data: Path, database_url: str, **more: Any) -> Place:
    """The place for servers on a database that was prepared."""
    settings = {**TOKENS, "jwt_jwks": str(data / "jwks.json"), **more}
    return Place(data, database_url, NOW.isoformat(), settings)
