"""Invoices as PDF, set by typst. The template is ours; what stands on it comes in as data."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path

import orjson
import typst

from app.documents.invoice import InvoiceDocument, view_of

_TEMPLATE = Path(__file__).parent / "invoice.typ"
# One at a time takes one core; the others wait, and the service goes on serving.
_SETTERS = ThreadPoolExecutor(1, thread_name_prefix="typst")


async def invoice_pdf(document: InvoiceDocument) -> bytes:
    """The document as PDF, set in a thread: the same document gives the same bytes."""
    return await asyncio.get_running_loop().run_in_executor(_SETTERS, set_invoice, document)


def set_invoice(document: InvoiceDocument) -> bytes:
    """The document as PDF. It takes up to half a second: not for the event loop."""
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
    # Those of the system stand in for letters that the embedded ones lack.
    return typst.Fonts()


def _inputs(document: InvoiceDocument) -> dict[str, str]:
    # Text that the template parses as JSON: no word of it is ever typst.
    return {"data": orjson.dumps(view_of(document).data).decode()}
