"""Ready-made flows across ports and the store. Each is ``run(ports…, store, policy) -> Flow[Report]``.

They are safe on their own: what is read is stored before it is worked on, a write that must not happen twice is
written down before it is made and looked up before it is repeated, a bad record becomes somebody's work and never
stops the rest, and the counts of every report add up.
"""
