"""`/try`: every door side by side, with the clock and the faults as buttons. Never in production.

It drives the real wires and reads the real stores. `simulator.py` holds what it needs of a gateway
from the start; `app.py` is all that it serves, and `guard.py` says to whom.
"""
