"""Stock, prices and whole offers: written, followed, read back.

Start with ``MiraklChannel.push_stock`` for stock and ``MiraklChannel.offers`` (``desk.Offers``) for prices, single
fields and drift. ``stock_file`` and ``price_file`` write the imports, ``import_push`` follows them and halves what is
refused whole, ``merge`` and ``rewrite`` change an offer without wiping it, ``drift`` compares, ``coalescing`` holds
changes back, ``pricing`` says in which shops prices are cost prices.
"""
