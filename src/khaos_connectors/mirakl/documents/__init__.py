"""Invoices and other documents, up and down.

Start with ``MiraklChannel.documents`` (``desk.Documents``). ``invoice_rules`` chooses the way of an invoice,
``order_documents`` and ``accounting`` go it, ``outcomes`` are what comes of each document, ``downloads`` hands out
files and takes archives apart.
"""
