"""Stock, prices and whole offers: written, followed, read back."""
