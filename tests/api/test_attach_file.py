"""Files come in: whose, of which kind and size, each once, and nothing is left of what fails."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.domain.identity import Role, Scope
from app.persistence.models import (
    Attachment,
    AuditEntry,
    ContentGrant,
    ContentVersion,
    Event,
    Partner,
)
from schema.node import encode
from tests.api.attachments import PDF, Attaching, draft
from tests.api.database_digest import digest
from tests.api.small_service import small_service
from tests.world import LONG_AGO, World


def codes(response: httpx2.Response) -> list[tuple[str, Any]]:
    """The code and field of each error."""
    errors = [error["extensions"] for error in response.json()["errors"]]
    return [(each["code"], each.get("field")) for each in errors]


async def test_a_file_is_kept_told_and_written_down(files: Attaching, world: World) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()
    response = await files.put(version, admin, name="Q1 plan – final.pdf")
    assert response.status_code == 201, response.text
    made = response.json()["attachment"]
    url = made.pop("url")
    assert made == {
        "id": made["id"],
        "name": "Q1 plan – final.pdf",
        "mediaType": "application/pdf",
        "size": len(PDF),
        "checksum": hashlib.sha256(PDF).hexdigest(),
        "createdAt": "2026-03-02T09:30:00Z",
    }
    [told] = await files.attachments(version, admin)
    assert told == {**made, "url": url}
    assert (await files.http.get(url)).content == PDF
    event = await Event.get(type="ATTACHMENT_ADDED")
    assert encode("Attachment", event.subject_id) == made["id"]
    assert event.partner_id == world.acme.partner.id
    assert event.data == {
        "contentVersionId": encode("ContentVersion", version.id),
        "name": made["name"],
        "size": made["size"],
    }
    entry = await AuditEntry.get(action="attachFile")
    assert entry.actor_id == world.acme.admin.id and entry.input["checksum"] == made["checksum"]
    assert len(files.stored()) == 1


async def test_a_repeat_gives_what_there_is(files: Attaching, world: World) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()
    first = (await files.put(version, admin)).json()["attachment"]
    again = await files.put(version, admin)
    assert (again.status_code, again.json()["attachment"]["id"]) == (200, first["id"])
    other = await files.put(version, admin, b"%PDF-other")
    assert (other.status_code, codes(other)) == (409, [("DUPLICATE", ["name"])])
    keyed = {**admin, "idempotency-key": "one"}
    second = await files.put(version, keyed, name="b.pdf")
    assert (await files.put(version, keyed, name="b.pdf")).json()["attachment"]["id"] == (
        second.json()["attachment"]["id"]
    )
    changed = await files.put(version, keyed, name="c.pdf")
    assert (changed.status_code, codes(changed)) == (
        409,
        [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])],
    )
    assert [each["name"] for each in await files.attachments(version, admin)] == [
        "plan.pdf",
        "b.pdf",
    ]
    assert len(files.stored()) == 2 and await Attachment.all().count() == 2


async def test_two_at_once_are_one(files: Attaching, world: World) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()
    same = await asyncio.gather(*(files.put(version, admin) for _ in range(3)))
    assert sorted(response.status_code for response in same) == [200, 200, 201]
    both = await asyncio.gather(
        *(files.put(version, admin, PDF + each, "b.pdf") for each in (b"1", b"2"))
    )
    assert sorted(response.status_code for response in both) == [201, 409]
    assert len(files.stored()) == 2


async def test_who_may(files: Attaching, world: World) -> None:
    acme, rival = world.acme, world.rival
    mine, open_ = await draft(acme.library), await draft(world.open_library)
    write = frozenset({Scope.CONTENT_WRITE})
    admin = await files.as_admin()
    vendor = await files.as_(Role.VENDOR_ADMIN, world.vendor_admin)
    assert (await files.put(open_, vendor)).status_code == 201
    assert (await files.put(mine, await files.as_(Role.ADVISOR, acme.advisor))).status_code == 201
    app = await files.as_(Role.APP, partner_id=acme.partner.id, scopes=write)
    assert (await files.put(mine, app, name="2.pdf")).status_code == 201
    stored = files.stored()
    analyst = await files.as_(Role.VENDOR_ANALYST, world.vendor_analyst)
    user = await files.as_(Role.CLIENT_USER, acme.client_user)
    reader = await files.as_(
        Role.APP, partner_id=acme.partner.id, scopes=frozenset({Scope.CONTENT_READ})
    )
    refused: list[tuple[ContentVersion, dict[str, str], int, str]] = [
        (mine, {}, 401, "UNAUTHENTICATED"),
        (mine, {"authorization": "Bearer nonsense"}, 401, "UNAUTHENTICATED"),
        (mine, analyst, 403, "FORBIDDEN"),
        (mine, user, 403, "FORBIDDEN"),
        (mine, reader, 403, "FORBIDDEN"),
        # Another partner's; the vendor's draft, which partners do not see; a partner's.
        (mine, await files.as_(Role.PARTNER_ADMIN, rival.admin), 404, "NOT_FOUND"),
        (open_, admin, 404, "NOT_FOUND"),
        (world.open_version, admin, 400, "INVALID"),
        (mine, vendor, 400, "INVALID"),
        (ContentVersion(id=acme.client.id), admin, 404, "NOT_FOUND"),
    ]
    before = await digest(world.database)
    for version, headers, status, code in refused:
        response = await files.put(version, headers, name="other.pdf")
        assert response.status_code == status, (status, code, response.text)
        assert codes(response)[0][0] == code
        assert response.headers["cache-control"] == "no-store"
    assert (await digest(world.database), files.stored()) == (before, stored)


async def test_only_drafts_of_active_partners_take_files(files: Attaching, world: World) -> None:
    admin = await files.as_admin()
    for status, code in (("PUBLISHED", "VERSION_IMMUTABLE"), ("RETIRED", "CONTENT_RETIRED")):
        version = await draft(world.acme.library, status)
        response = await files.put(version, admin)
        assert (response.status_code, codes(response)) == (409, [(code, ["versionId"])])
    version = await draft(world.acme.library)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    response = await files.put(version, admin)
    assert response.status_code in (400, 401) and files.stored() == []


async def test_a_draft_that_is_published_meanwhile_takes_no_file(
    files: Attaching, world: World
) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()

    async def slowly() -> AsyncIterator[bytes]:
        yield PDF
        await ContentVersion.filter(id=version.id).update(status="PUBLISHED", published_at=LONG_AGO)
        yield b"more"

    response = await files.put(version, admin, slowly())
    assert (response.status_code, codes(response)) == (
        409,
        [("VERSION_IMMUTABLE", ["versionId"])],
    )
    assert files.stored() == [] and not await Attachment.exists()


@pytest.mark.parametrize(
    ("body", "name", "type", "status", "error"),
    [
        (b"", "a.pdf", "application/pdf", 400, ("INVALID", ["body"])),
        (b"<html>", "a.pdf", "application/pdf", 400, ("INVALID", ["body"])),
        (b"\0" * 9000, "a.txt", "text/plain", 400, ("INVALID", ["body"])),
        (b"<script>", "a.html", "text/html", 415, ("UNSUPPORTED_MEDIA_TYPE", None)),
        (b"<svg/>", "a.svg", "image/svg+xml", 415, ("UNSUPPORTED_MEDIA_TYPE", None)),
        (PDF, "a.pdf", "", 415, ("UNSUPPORTED_MEDIA_TYPE", None)),
        (PDF, "", "application/pdf", 400, ("REQUIRED", ["name"])),
        (PDF, " .. ", "application/pdf", 400, ("REQUIRED", ["name"])),
        (PDF, "n" * 201, "application/pdf", 400, ("TOO_LONG", ["name"])),
        (PDF + bytes(1_000_000), "a.pdf", "application/pdf", 413, ("BODY_TOO_LARGE", None)),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else None,
)
async def test_what_is_refused_leaves_nothing(
    files: Attaching,
    world: World,
    body: bytes,
    name: str,
    type: str,
    status: int,
    error: tuple[str, Any],
) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()
    before = await digest(world.database)

    async def unannounced() -> AsyncIterator[bytes]:
        # In pieces, so that no length stands at its head.
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for sent in (body, unannounced()):
        response = await files.put(version, admin, sent, name, type)
        assert (response.status_code, codes(response)) == (status, [error]), response.text
    assert (await digest(world.database), files.stored()) == (before, [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
        (".hidden.pdf.", "hidden.pdf"),
        ("a\u202egpj.pdf\x00\r\n", "agpj.pdf"),
        ('a"; filename="b%2f\t c.pdf', 'a"; filename="b%2f c.pdf'),
        ("Prüfung 日本.pdf", "Prüfung 日本.pdf"),
    ],
)
async def test_a_name_is_only_a_name(files: Attaching, world: World, given: str, kept: str) -> None:
    version, admin = await draft(world.acme.library), await files.as_admin()
    made = (await files.put(version, admin, name=given)).json()["attachment"]
    assert made["name"] == kept
    [stored] = files.stored()
    assert stored.parent == files.settings.data_dir / "files" / "attachments"
    response = await files.http.get(made["url"])
    assert response.content == PDF
    assert response.headers["content-disposition"].isascii()
    assert "\n" not in response.headers["content-disposition"]


async def test_a_version_has_so_many_files_and_no_more(
    files: Attaching, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.content.attach_file.MAX_ATTACHMENTS", 2)
    version, admin = await draft(world.acme.library), await files.as_admin()
    answers = [await files.put(version, admin, name=f"{n}.pdf") for n in range(3)]
    assert [response.status_code for response in answers] == [201, 201, 400]
    assert codes(answers[2]) == [("INVALID", ["versionId"])] and len(files.stored()) == 2


async def test_whoever_hangs_up_leaves_nothing(world: World, clock: Any, tmp_path: Path) -> None:
    version = await draft(world.acme.library)
    async with small_service(world.database, clock, tmp_path) as service:
        files = Attaching(service.http, world, service.settings)
        admin = await files.as_admin()
        path = f"/content/versions/{encode('ContentVersion', version.id)}/attachments?name=a.pdf"
        for sent in (0, 100, 8_000_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            head = (
                f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/pdf\r\n"
                f"Authorization: {admin['authorization']}\r\nContent-Length: 9000000\r\n"
                "Expect: 100-continue\r\n\r\n"
            )
            writer.write(head.encode())
            # Sent when the body is asked for.
            assert b" 100 " in await asyncio.wait_for(reader.readline(), 20)
            writer.write(b"%PDF-" + bytes(sent) if sent else b"")
            await writer.drain()
            writer.transport.abort()
        assert (await files.put(version, admin, name="b.pdf")).status_code == 201
    # The service ends when all requests have.
    assert await Attachment.all().values_list("name", flat=True) == ["b.pdf"]
    assert len(files.stored()) == 1


async def test_a_file_is_seen_with_its_version(files: Attaching, world: World) -> None:
    acme, rival = world.acme, world.rival
    vendor = await files.as_(Role.VENDOR_ADMIN, world.vendor_admin)
    version = await draft(world.open_library)
    assert (await files.put(version, vendor)).status_code == 201
    admin = await files.as_admin()
    user = await files.as_(Role.CLIENT_USER, acme.client_user)
    assert await files.attachments(version, admin) is None
    await ContentVersion.filter(id=version.id).update(status="PUBLISHED", published_at=LONG_AGO)
    [seen] = await files.attachments(version, admin)
    assert (await files.http.get(seen["url"])).content == PDF
    assert await files.attachments(version, user) is None
    await ContentGrant.create(
        partner=acme.partner,
        client=acme.client,
        item_id=version.item_id,
        version=version,
        source="PUSH",
        granted_at=LONG_AGO,
    )
    [seen] = await files.attachments(version, user)
    assert (await files.http.get(seen["url"])).content == PDF
    theirs = await files.as_(Role.CLIENT_USER, rival.client_user)
    assert await files.attachments(version, theirs) is None
