"""Marketplacer, seller side. Importing this package does nothing."""
