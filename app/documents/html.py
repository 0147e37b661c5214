"""Invoices as HTML: one self-contained page, for screen and print."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.documents.invoice import InvoiceDocument, view_of

# All values in templates are escaped.
_TEMPLATES = Environment(
    loader=PackageLoader("app.documents", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def invoice_html(document: InvoiceDocument) -> str:
    """Return the document as an HTML page. It loads nothing and runs nothing."""
    return _TEMPLATES.get_template("invoice.html").render(view_of(document).data)
