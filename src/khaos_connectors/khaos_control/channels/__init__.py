"""Khaos Control's Channels push/pull documents: the ERP calls us for orders and returns and pushes what changed."""
