"""Everything that decides: frozen records and pure functions. No I/O, clock, randomness or vendor words."""
