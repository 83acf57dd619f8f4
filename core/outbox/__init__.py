"""Messages owed: once for each key, in the transaction of what owes them.

A message is claimed by one sender for a lease, moved forward by receipts, never back, and kept
when it is given up. The outbox knows quiet hours, opt-outs and the order for an address, not why a
message is owed.
"""
