"""`advance(session, inbound) -> Turn` and `settle(session, result) -> Session`.

No I/O, clock, chance or words: prompts are named by key, and the outside is asked only by
`pending`, one request of a domain.
"""
