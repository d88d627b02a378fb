"""Stock, prices and whole offers: written, followed, read back.

Start with ``MiraklChannel.push_stock`` for stock and ``MiraklChannel.offers`` (``desk.Offers``) for prices, single
fields and drift. ``stock_file`` and ``price_file`` write the imports, ``import_push`` follows them and halves what is
refused whole, ``in_flight`` gives the newest of several pushes the last word, ``merge`` and ``rewrite`` change an offer
without wiping it, ``price_merge`` its prices, ``drift`` compares, ``coalescing`` holds changes back, ``pricing`` says
in which shops prices are cost prices.
"""
