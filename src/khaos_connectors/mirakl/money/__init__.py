"""What the operator pays out, and why.

Start with ``MiraklChannel.payouts`` (``payouts.Payouts``): cycles, their transactions and documents as statements for
``core.settlement``. ``settlement_types`` says what the 51 types of transactions stand for.
"""
