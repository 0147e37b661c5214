"""Files go out: by an address that is signed, opens for a short time, and for one file only."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.auth.signed_urls import BadLink, LinkFault, UrlSigner
from app.domain.identity import Role
from app.services.content.sweep_files import leftovers
from app.storage import Storage
from schema.node import encode
from tests.api.attachments import PDF, Attaching, draft
from tests.world import World

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def attached(files: Attaching, **more: Any) -> dict[str, Any]:
    response = await files.put(
        await draft(files.world.acme.library), await files.as_admin(), **more
    )
    return response.json()["attachment"]


async def test_an_address_opens_for_a_short_time(files: Attaching, clock: Any) -> None:
    made = await attached(files, name="Prüfung 1.pdf")
    clock.advance(seconds=files.settings.link_seconds - 1)
    response = await files.http.get(made["url"])
    assert (response.status_code, response.content) == (200, PDF)
    headers = response.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-disposition"] == (
        "attachment; filename=\"Pr_fung 1.pdf\"; filename*=UTF-8''Pr%C3%BCfung%201.pdf"
    )
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["etag"] == f'"{made["checksum"]}"'
    clock.advance(seconds=1)
    response = await files.http.get(made["url"])
    assert response.status_code == 403
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "reason": "LINK_EXPIRED"}
    # Credentials are not asked for, and do not help.
    assert (await files.http.get(made["url"], headers=await files.as_admin())).status_code == 403


async def test_an_altered_address_opens_nothing(files: Attaching) -> None:
    made, other = await attached(files), await attached(files, name="other.pdf")
    parts = urlsplit(made["url"])
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    later = {**given, "expires": str(int(given["expires"]) + 1)}
    cases: list[tuple[str, dict[str, str]]] = [
        (parts.path, {}),
        (parts.path, later),
        (parts.path, {**given, "expires": ""}),
        (parts.path, {**given, "expires": "9" * 5000}),
        (parts.path, {**given, "signature": given["signature"].upper()}),
        (parts.path, {**given, "signature": given["signature"][:-1] + "ü"}),
        (urlsplit(other["url"]).path, given),
        (parts.path.replace("plan", "plam"), given),
        ("/files/attachment_0/plan.pdf", given),
        ("/files/%00/%00", given),
    ]
    for path, query in cases:
        response = await files.http.get(path, params=query)
        assert response.status_code == 403, (path, query)
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "reason": "LINK_ALTERED"}
    assert (await files.http.get(parts.path + "/../" + parts.path)).status_code in (403, 404)


async def test_parts_and_what_is_known_already(files: Attaching) -> None:
    made = await attached(files)
    size = len(PDF)
    cases: list[tuple[dict[str, str], int, bytes]] = [
        ({"range": "bytes=0-3"}, 206, PDF[:4]),
        ({"range": "bytes=5-"}, 206, PDF[5:]),
        ({"range": "bytes=-7"}, 206, PDF[-7:]),
        ({"range": f"bytes=-{size + 9}"}, 206, PDF),
        ({"range": f"bytes=9-{size * 9}"}, 206, PDF[9:]),
        ({"range": f"bytes={size}-"}, 416, b""),
        ({"range": "bytes=-0"}, 416, b""),
        ({"range": "bytes=5-3"}, 200, PDF),
        ({"range": "bytes=-"}, 200, PDF),
        ({"range": "bytes=0-1,3-4"}, 200, PDF),
        ({"range": "lines=1-2"}, 200, PDF),
        ({"range": "bytes=0-3", "if-range": '"other"'}, 200, PDF),
        ({"if-none-match": f'"{made["checksum"]}"'}, 304, b""),
        ({"if-none-match": f'"other", W/"{made["checksum"]}"'}, 304, b""),
        ({"if-none-match": "*"}, 304, b""),
        ({"if-none-match": '"other"'}, 200, PDF),
        ({"if-none-match": f'"{made["checksum"]}x"'}, 200, PDF),
        ({"if-match": f'"{made["checksum"]}"'}, 200, PDF),
        ({"if-match": "*"}, 200, PDF),
        ({"if-match": '"other"'}, 412, b""),
        ({"if-match": f'W/"{made["checksum"]}"'}, 412, b""),
    ]
    for headers, status, body in cases:
        response = await files.http.get(made["url"], headers=headers)
        assert (response.status_code, response.content) == (status, body), headers
    response = await files.http.get(made["url"], headers={"range": "bytes=2-3"})
    assert response.headers["content-range"] == f"bytes 2-3/{size}"
    response = await files.http.head(made["url"])
    assert (response.headers["content-length"], response.content) == (str(size), b"")
    assert (await files.http.post(made["url"])).status_code == 405


async def test_a_part_of_a_file_is_not_taken_for_the_file(files: Attaching) -> None:
    version, headers = await draft(files.world.acme.library), await files.as_admin()
    part = {**headers, "content-range": "bytes 0-99/5129"}
    response = await files.put(version, part)
    assert (response.status_code, told(response)) == (400, "BAD_REQUEST")
    response = await files.put(version, {**headers, "content-encoding": "gzip"})
    assert (response.status_code, told(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert files.stored() == [] and await files.attachments(version, headers) == []


async def test_a_name_that_is_not_utf_8_is_refused(files: Attaching) -> None:
    version, headers = await draft(files.world.acme.library), await files.as_admin()
    id = encode("ContentVersion", version.id)
    response = await files.http.post(
        f"/content/versions/{id}/attachments?name=%DCbersicht.pdf",
        headers={"content-type": "application/pdf", **headers},
        content=PDF,
    )
    assert (response.status_code, told(response)) == (400, "BAD_REQUEST")
    assert "UTF-8" in response.text and files.stored() == []


async def test_a_file_that_is_there_is_not_attached_if_none_may_be(files: Attaching) -> None:
    version, headers = await draft(files.world.acme.library), await files.as_admin()
    only_new = {**headers, "if-none-match": "*", "idempotency-key": "once"}
    assert (await files.put(version, only_new)).status_code == 201
    response = await files.put(version, only_new)
    assert (response.status_code, told(response)) == (412, "PRECONDITION_FAILED")
    other = {**headers, "if-none-match": "*"}
    response = await files.put(version, other, body=PDF + b"more")
    assert (response.status_code, told(response)) == (412, "PRECONDITION_FAILED")
    assert len(files.stored()) == 1


def told(response: Any) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_files_that_cannot_be_reached_are_no_bug(files: Attaching) -> None:
    made = await attached(files)
    [stored] = files.stored()
    os.unlink(stored)
    response = await files.http.get(made["url"])
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "STORAGE_UNAVAILABLE"


async def test_what_belongs_to_nothing_is_found(files: Attaching, world: World) -> None:
    made = await attached(files)
    storage = Storage(files.settings.resolved_storage_url)
    [kept] = files.stored()
    alone = kept.with_name("01990000-0000-7000-8000-000000000000")
    for path in (alone, kept.with_name("not-ours.txt")):
        path.write_bytes(b"x")
    later = datetime.now(UTC) + timedelta(hours=1)

    async def found(before: datetime) -> list[str]:
        return [key async for key in leftovers(world.database, storage, before)]

    assert await found(later) == [f"attachments/{alone.name}"]
    assert await found(later - timedelta(hours=2)) == []
    assert (await files.http.get(made["url"])).content == PDF


def test_signatures_are_of_one_secret() -> None:
    mine, yours = UrlSigner(b"a" * 32, 60), UrlSigner(b"b" * 32, 60)
    assert mine.sign("/x", NOW) == UrlSigner(b"a" * 32, 60).sign("/x", NOW)
    query = parse_qs(urlsplit(mine.sign("/x", NOW)).query)
    given = (query["expires"][0], query["signature"][0])
    mine.check("/x", *given, NOW + timedelta(seconds=59))
    for signer, path, at, fault in (
        (yours, "/x", NOW, LinkFault.LINK_ALTERED),
        (mine, "/y", NOW, LinkFault.LINK_ALTERED),
        (mine, "/x", NOW + timedelta(seconds=60), LinkFault.LINK_EXPIRED),
    ):
        with pytest.raises(BadLink) as bad:
            signer.check(path, *given, at)
        assert bad.value.fault is fault


async def test_a_partner_gets_no_address_of_anothers_files(files: Attaching, world: World) -> None:
    version = await draft(world.acme.library)
    await files.put(version, await files.as_admin())
    for headers in (
        await files.as_(Role.PARTNER_ADMIN, world.rival.admin),
        await files.as_(Role.CLIENT_USER, world.acme.client_user),
    ):
        assert await files.attachments(version, headers) is None
    [seen] = await files.attachments(
        version, await files.as_(Role.VENDOR_ANALYST, world.vendor_analyst)
    )
    assert (await files.http.get(seen["url"])).content == PDF
