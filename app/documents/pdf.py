"""Invoices as PDF, typeset by typst. The template is fixed; the content is passed as data."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path

import orjson
import typst

from app.documents.invoice import InvoiceDocument, view_of

_TEMPLATE = Path(__file__).parent / "invoice.typ"
# One at a time, so that it uses one core. Others wait, and the service continues to serve.
_SETTERS = ThreadPoolExecutor(1, thread_name_prefix="typst")


async def invoice_pdf(document: InvoiceDocument) -> bytes:
    """Return the document as PDF, typeset in a thread. The same document gives the same bytes."""
    return await asyncio.get_running_loop().run_in_executor(_SETTERS, set_invoice, document)


def set_invoice(document: InvoiceDocument) -> bytes:
    """Return the document as PDF. Takes up to half a second: do not call it in the event loop."""
    made = typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(),
        sys_inputs=_inputs(document),
        timestamp=datetime.combine(document.issued_on or document.period, time(), UTC),
    )
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    # System fonts are used for letters that the embedded ones lack.
    return typst.Fonts()


def _inputs(document: InvoiceDocument) -> dict[str, str]:
    # Text that the template parses as JSON, so that it is never interpreted as typst.
    return {"data": orjson.dumps(view_of(document).data).decode()}
