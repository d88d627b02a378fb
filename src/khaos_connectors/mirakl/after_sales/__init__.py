"""Refunds, cancelations, returns and incidents."""
