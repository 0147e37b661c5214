"""Invoices as documents: for callers who may see them in the API, and at signed URLs."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.auth.authenticate import Authenticator
from app.auth.policy import Action
from app.auth.signed_urls import UrlSigner
from app.documents.html import invoice_html
from app.documents.invoice import InvoiceDocument, view_of
from app.documents.pdf import invoice_pdf
from app.domain.clock import Clock
from app.domain.errors import Refused
from app.persistence.database import Database
from app.persistence.models import Invoice
from app.services.invoices.document import document_of, invoice_document
from app.services.use_case import Caller
from app.web.errors import Refusal, admit, check_link, refused_response, request_id
from schema.invoice_documents import Format, document_path
from schema.node import required_id

# The page loads and runs nothing; it has only inline styles.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox"
)


_HEADERS = {"cache-control": "private, no-store", "vary": "Authorization"}


class InvoiceDocuments:
    """The routes of invoices."""

    def __init__(
        self, database: Database, clock: Clock, authenticator: Authenticator, signer: UrlSigner
    ) -> None:
        self._database = database
        self._clock = clock
        self._authenticator = authenticator
        self._signer = signer
        self.routes = [
            Route("/invoices/{id}.pdf", self.pdf),
            Route("/invoices/{id}.html", self.html),
        ]

    async def pdf(self, request: Request) -> Response:
        """Return an invoice as PDF."""
        found = await self._found(request, "pdf")
        if isinstance(found, Response):
            return found
        name = f"{view_of(found).file_name}.pdf"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(await invoice_pdf(found), 200, headers, "application/pdf")

    async def html(self, request: Request) -> Response:
        """Return an invoice as an HTML page."""
        found = await self._found(request, "html")
        if isinstance(found, Response):
            return found
        headers = {**_HEADERS, "content-security-policy": _POLICY}
        return Response(invoice_html(found), 200, headers, "text/html; charset=utf-8")

    async def _found(self, request: Request, format: Format) -> InvoiceDocument | Response:
        """Return the requested document, or an error response."""
        try:
            if "signature" in request.query_params:
                return await self._signed(request, format)
            actor = await admit(self._authenticator, request, Action.READ_BILLING)
            caller = Caller(actor, self._database, self._clock, request_id(request))
            return await invoice_document(caller, _id(request))
        except Refusal as refusal:
            return refusal.response()
        except Refused as refused:
            return refused_response(refused)

    async def _signed(self, request: Request, format: Format) -> InvoiceDocument:
        path = document_path(request.path_params["id"], format)
        check_link(self._signer, request, path, self._clock.now())

        async def work() -> InvoiceDocument:
            invoice = await Invoice.get_or_none(id=_id(request))
            if invoice is None:
                # A draft may have been rewritten without this invoice.
                raise Refusal(404, "NOT_FOUND", "There is no such invoice any more.")
            return await document_of(invoice)

        return await self._database.read(work)


def _id(request: Request) -> UUID:
    return required_id(request.path_params["id"], "Invoice")
