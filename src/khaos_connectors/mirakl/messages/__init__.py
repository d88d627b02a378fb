"""Conversations with customers and the operator.

Start with ``MiraklChannel.conversations`` (``conversations.Conversations``): who waits for an answer, and answering
once. ``rules`` decides both, without any call.
"""
