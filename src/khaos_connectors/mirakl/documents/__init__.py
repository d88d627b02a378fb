"""Invoices and other documents, up and down."""
