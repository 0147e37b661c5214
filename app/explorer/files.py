"""The explorer's static files: compressed, and cached forever under names with a checksum."""

import asyncio
import gzip
import os
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_TEXTS = (".js", ".css", ".svg", ".txt", ".html")


class ExplorerFiles(StaticFiles):
    """Static files. Each text file is compressed once and cached."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)
        self._compressed: dict[str, bytes] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the response for a path below the folder."""
        response = await super().get_response(path, scope)
        # Names below assets/ contain a checksum of the content.
        immutable = Path(path).parts[:1] == ("assets",)
        cache_control = FOR_EVER if immutable else "no-cache"
        if isinstance(response, FileResponse) and immutable and path.endswith(_TEXTS):
            response = await self._text(response, Headers(scope=scope))
        if response.status_code < 400:
            response.headers["cache-control"] = cache_control
        return response

    async def _text(self, plain: FileResponse, asked: Headers) -> Response:
        headers = {"vary": "Accept-Encoding"}
        if "gzip" not in asked.get("accept-encoding", "") or "range" in asked:
            plain.headers.update(headers)
            return plain
        name = os.fspath(plain.path)
        if name not in self._compressed:
            self._compressed[name] = await asyncio.to_thread(_compress, name)
        headers["content-encoding"] = "gzip"
        return Response(self._compressed[name], 200, headers, plain.media_type)


def index_page(_: Any = None) -> FileResponse:
    """Return the page itself."""
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


def _compress(name: str) -> bytes:
    return gzip.compress(Path(name).read_bytes(), 6, mtime=0)
