"""Conversations with customers and the operator."""
