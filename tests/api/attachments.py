"""Files over HTTP: the application, keys for it, and drafts to attach files to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.domain.content import checksum
from app.domain.identity import Role
from app.persistence.models import ContentItem, ContentLibrary, ContentVersion
from app.settings import Settings
from schema.node import encode
from tests.world import LONG_AGO, World

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20
URL = """query($id: ID!) { node(id: $id) { ... on ContentVersion { attachments {
    id name mediaType size checksum createdAt url } } } }"""


@dataclass
class Attaching:
    """A client of the application, and what it needs."""

    http: httpx2.AsyncClient
    world: World
    settings: Settings
    keys: dict[Any, dict[str, str]] = field(default_factory=dict)

    async def as_(self, role: Role, person: Any = None, **more: Any) -> dict[str, str]:
        """The headers of a key."""
        known = (role, person and person.id, *more.values())
        if known not in self.keys:
            new = NewKey("k", role, person and person.id, **more)
            secret = server_secret(self.settings)
            made = await create_key(self.world.database, self.world.clock, secret, new)
            self.keys[known] = {"authorization": f"Bearer {made.text}"}
        return self.keys[known]

    async def as_admin(self) -> dict[str, str]:
        """Of the first partner's admin."""
        return await self.as_(Role.PARTNER_ADMIN, self.world.acme.admin)

    async def put(
        self,
        version: ContentVersion,
        headers: dict[str, str],
        body: Any = PDF,
        name: str = "plan.pdf",
        type: str = "application/pdf",
    ) -> httpx2.Response:
        """Attach a file."""
        path = f"/content/versions/{encode('ContentVersion', version.id)}/attachments"
        return await self.http.post(
            path,
            params={"name": name},
            headers={"content-type": type, **headers},
            content=body,
        )

    async def attachments(self, version: ContentVersion, headers: dict[str, str]) -> Any:
        """What the API says of a version's files; None for a version that is not to be seen."""
        variables = {"id": encode("ContentVersion", version.id)}
        body = {"query": URL, "variables": variables}
        answer = (await self.http.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        node = answer["data"]["node"]
        return node and node["attachments"]

    def stored(self) -> list[Path]:
        """The files in the storage's folder."""
        return [path for path in self._walk() if path.is_file()]

    def _walk(self) -> Iterator[Path]:
        yield from (self.settings.data_dir / "files").rglob("*")


async def draft(library: ContentLibrary, status: str = "DRAFT") -> ContentVersion:
    """A version of a new item."""
    item = await ContentItem.create(
        library=library,
        partner_id=library.partner_id,
        kind="POLICY",
        title="Passwords",
        title_key="passwords",
        created_at=LONG_AGO,
    )
    return await ContentVersion.create(
        item=item,
        partner_id=library.partner_id,
        number=1,
        status=status,
        body="# Passwords",
        checksum=checksum("# Passwords"),
        created_at=LONG_AGO,
        published_at=None if status == "DRAFT" else LONG_AGO,
        retired_at=LONG_AGO if status == "RETIRED" else None,
    )
