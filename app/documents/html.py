"""Invoices as HTML: one page that stands alone, for the screen and for printing."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.documents.invoice import InvoiceDocument, view_of

# Everything that a template puts in is escaped.
_TEMPLATES = Environment(
    loader=PackageLoader("app.documents", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def invoice_html(document: InvoiceDocument) -> str:
    """The document as a page of HTML. It loads nothing and runs nothing."""
    return _TEMPLATES.get_template("invoice.html").render(view_of(document).data)
