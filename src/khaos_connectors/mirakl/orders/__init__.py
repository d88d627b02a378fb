"""Reading orders so that none is missed, and what may be done with them in which state.

Start with ``MiraklChannel.feed`` (``feed.OrderFeed``: polls, the daily comparison, exports) or
``MiraklChannel.orders``. ``life_cycle`` has the states, the ways of paying, ``may`` and
``ImportRule``; ``reading`` asks for one order.
"""
