"""How charges become invoices and credit notes."""
