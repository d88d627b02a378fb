"""Telling what left: checks before, outcomes after.

Start with ``MiraklChannel.confirm`` for one shipment and ``MiraklChannel.confirm_all`` for many (``batches``).
``checks`` and ``carriers`` look before anything is sent, ``verdicts`` read what a 201 holds, ``left_to_ship`` and
``debits`` tell what may still leave.
"""
