"""Refunds, cancelations, returns and incidents.

Start with ``MiraklChannel.after_sales`` (``desk.AfterSales``): ``money_back`` gives back once (``refunds``), by what
``remaining`` says is left of each line; ``news`` tells every refund; ``returns`` and ``incidents`` are desks of their
own; ``reasons`` knows which of the operator's reasons a shop may give.
"""
