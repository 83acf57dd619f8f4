"""One message in, one answer out, whatever crashes: decide, do, say.

Decide by compare-and-set, do by one operation, say from what was saved. The session stores are
here too.
"""
