"""Files attached to content: uploads need credentials, downloads a signed URL."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote
from uuid import UUID

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.auth.authenticate import Authenticator
from app.auth.policy import Action
from app.auth.signed_urls import UrlSigner
from app.domain.clock import Clock
from app.domain.errors import ErrorCode, Refused
from app.domain.ids import global_id
from app.persistence.database import Database
from app.persistence.models import Attachment
from app.services.content.attach_file import AttachFile, attach_file, key_of
from app.services.use_case import Caller
from app.settings import Settings
from app.storage import Storage, StorageFailed
from app.web.errors import Refusal, admit, check_link, refused_response, request_id
from app.web.preconditions import failed_precondition
from app.web.ranges import Unsatisfiable, asked_span
from schema.attachments import file_path
from schema.node import decode, required_id

log = structlog.get_logger()


class Files:
    """The routes of attachments."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        authenticator: Authenticator,
        signer: UrlSigner,
    ) -> None:
        """Raises ValueError or OSError for storage that cannot be used."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._authenticator = authenticator
        self._signer = signer
        self._storage = Storage(settings.resolved_storage_url)
        self.routes = [
            Route("/content/versions/{id}/attachments", self.attach, methods=["POST"]),
            Route("/files/{id}/{name}", self.file),
        ]

    async def attach(self, request: Request) -> Response:
        """Attach the body to a draft. Responds with 201 and the attachment, or 200 for a repeat."""
        try:
            return await self._attach(request)
        except Refusal as refusal:
            return refusal.response()
        except Refused as refused:
            if refused.problems[0].code is ErrorCode.DUPLICATE and _must_be_new(request):
                return _exists().response()
            return refused_response(refused)
        except StorageFailed:
            log.error("storage_failed", exc_info=True)
            return _unavailable()
        except ClientDisconnect:
            # The client has gone and will not read a response.
            return Response(status_code=400)

    async def _attach(self, request: Request) -> Response:
        actor = await admit(self._authenticator, request, Action.ATTACH_FILE)
        _require_whole_file(request)
        input = AttachFile(
            version_id=required_id(request.path_params["id"], "ContentVersion"),
            name=_name(request),
            media_type=self._media_type(request),
            idempotency_key=request.headers.get("idempotency-key"),
        )
        caller = Caller(actor, self._database, self._clock, request_id(request))
        id, is_new = await attach_file(caller, self._storage, input, self._body(request))
        if not is_new and _must_be_new(request):
            raise _exists()
        row = await self._database.read(lambda: Attachment.get(id=id))
        content = {"attachment": _attachment_json(row, self._signer, self._clock.now())}
        return JSONResponse(content, 201 if is_new else 200, {"cache-control": "no-store"})

    def _media_type(self, request: Request) -> str:
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given not in self._settings.attachment_types:
            taken = ", ".join(self._settings.attachment_types)
            message = f"Send the file's own Content-Type, one of: {taken}."
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", message)
        return given

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        limit = self._settings.max_attachment_bytes
        too_large = Refusal(413, "BODY_TOO_LARGE", f"A file may have at most {limit} bytes.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            raise too_large
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large
            if chunk:
                yield chunk

    async def file(self, request: Request) -> Response:
        """Return the file at a signed URL, or a range of it; 403 for any other URL."""
        id = decode(request.path_params["id"], "Attachment")
        path = file_path(request.path_params["id"], request.path_params["name"])
        try:
            check_link(self._signer, request, path, self._clock.now())
            row = await self._find(id)
            return await self._send(request, row)
        except Refusal as refusal:
            return refusal.response()
        except StorageFailed:
            log.error("storage_failed", exc_info=True)
            return _unavailable()

    async def _find(self, id: UUID | None) -> Attachment:
        row = await self._database.read(lambda: Attachment.get_or_none(id=id))
        if row is None:
            raise Refusal(404, "NOT_FOUND", "There is no such file.")
        return row

    async def _send(self, request: Request, row: Attachment) -> Response:
        tag = f'"{row.checksum}"'
        headers = {
            "etag": tag,
            "accept-ranges": "bytes",
            "cache-control": "private, no-cache",
            "content-disposition": _disposition(row.name),
            # Keep a browser from running anything in the file on our origin.
            "content-security-policy": "default-src 'none'; sandbox",
        }
        if status := failed_precondition(request.headers, tag):
            return Response(None, status, headers)
        try:
            span = asked_span(request.headers, tag, row.size)
        except Unsatisfiable:
            return Response(None, 416, {**headers, "content-range": f"bytes */{row.size}"})
        first, end = span or (0, row.size)
        if span:
            headers["content-range"] = f"bytes {first}-{end - 1}/{row.size}"
        headers["content-length"] = str(end - first)
        body: Any = ()
        if request.method != "HEAD":
            body = await self._storage.get(key_of(row.id), span)
        return StreamingResponse(body, 206 if span else 200, headers, row.media_type)


def _require_whole_file(request: Request) -> None:
    """Refuse a body that is a part of a file or compressed."""
    if "content-range" in request.headers:
        message = "Send the whole file, without Content-Range: parts are not put together."
        raise Refusal(400, "BAD_REQUEST", message)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        message = "Send the file as it is, without Content-Encoding."
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", message)


def _must_be_new(request: Request) -> bool:
    return request.headers.get("if-none-match", "").strip() == "*"


def _exists() -> Refusal:
    message = "The version already has a file of this name."
    return Refusal(412, "PRECONDITION_FAILED", message)


def _name(request: Request) -> str:
    """Return the file's name from the query. Refuses names that are not UTF-8."""
    query = request.scope["query_string"].decode("latin-1")
    try:
        return dict(parse_qsl(query, keep_blank_values=True, errors="strict")).get("name", "")
    except UnicodeDecodeError as error:
        message = "Write the name in UTF-8, percent-encoded, such as name=%C3%9Cbersicht.pdf."
        raise Refusal(400, "BAD_REQUEST", message) from error


def _attachment_json(row: Attachment, signer: UrlSigner, now: datetime) -> Mapping[str, Any]:
    id = global_id("Attachment", row.id)
    return {
        "id": id,
        "name": row.name,
        "mediaType": row.media_type,
        "size": row.size,
        "checksum": row.checksum,
        "createdAt": row.created_at.isoformat().replace("+00:00", "Z"),
        "url": signer.sign(file_path(id, row.name), now),
    }


def _disposition(name: str) -> str:
    """Return the `Content-Disposition` for saving: the name in ASCII for old clients, and in full
    (RFC 6266).
    """
    plain = "".join(c if c.isascii() and c not in '"\\%;' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _unavailable() -> Response:
    message = "Files cannot be reached at this time. Try again later."
    return Refusal(503, "STORAGE_UNAVAILABLE", message).response()
