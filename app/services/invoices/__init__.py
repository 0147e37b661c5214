"""Invoices, credit notes, payments and billing runs."""
