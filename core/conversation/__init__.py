"""`advance(session, inbound) -> Turn` and `settle(session, result) -> Session`.

No I/O, clock, randomness or words: a prompt is a key, and the one thing that the caller must carry
out is `Session.pending`, a request to a domain.
"""
