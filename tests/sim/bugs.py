"""Bugs that the simulation must find: each replaces one piece of a file by another.

`sound` stands exactly once in the file. A bug is what a tired person might write or leave out.
"""

from typing import NamedTuple


class Bug(NamedTuple):
    """One bug to plant."""

    name: str
    file: str
    sound: str
    planted: str


BUGS = (
    Bug(
        "a lost save counts as won",
        "core/turns/pipeline.py",
        "            if not await self._sessions.save(key, session, after=saved.version):\n",
        "            if not (await self._sessions.save(key, session, after=saved.version), 1):\n",
    ),
    Bug(
        "an intent that was answered is forgotten",
        "core/registration/store.py",
        "    if found.earlier is not None:\n",
        "    if found.earlier is not None and found.earlier.number is None:\n",
    ),
    Bug(
        "the older opt wins",
        "core/registration/store.py",
        '    SET out = excluded.out, at = excluded.at\n    WHERE opt_outs.at <= excluded.at\n""")',
        '    SET out = excluded.out, at = excluded.at\n    WHERE opt_outs.at > excluded.at\n""")',
    ),
    Bug(
        "an opt-out silences nobody",
        "core/outbox/claims.py",
        'elif row["opted_out"]:',
        'elif row["opted_out"] and row["bulk"]:',
    ),
    Bug(
        "quiet hours are not kept",
        "core/outbox/claims.py",
        "        elif morning > now:\n",
        "        elif morning < now:\n",
    ),
    Bug(
        "a claim takes no lease",
        "core/outbox/claims.py",
        "    SET due_at = :until,\n        attempts",
        "    SET due_at = COALESCE(due_at, :until),\n        attempts",
    ),
    Bug(
        "a message overtakes an earlier one",
        "core/outbox/claims.py",
        '        if row["goes_first"]:\n',
        '        if row["goes_first"] and row["bulk"]:\n',
    ),
    Bug(
        "a seat is taken where none is free",
        "core/appointments/booking_statements.py",
        "booked < capacity",
        "booked <= capacity",
    ),
    Bug(
        "an unsure message goes to the next provider",
        "gateway/sending/sender.py",
        "            if unsure and route.echoes_reference:\n",
        "            if unsure and not route.echoes_reference:\n",
    ),
    Bug(
        "the sweeper forgets the answer",
        "gateway/intake/sweeper.py",
        "    await _queue(intake, answer, aligned=request.aligned)\n    return True\n",
        "    return True\n",
    ),
    Bug(
        "an unreachable registry says no",
        "gateway/registry/verifier.py",
        "TimeoutError):\n            await self._postpone(check)\n",
        "TimeoutError):\n            await self.checks.close(check)\n",
    ),
    Bug(
        "the feed acknowledges what is newer",
        "core/registration/feed.py",
        '    told = [{"row_id": one.id, "sent": one.version} for one in batch]\n',
        '    told = [{"row_id": one.id, "sent": one.version + 1} for one in batch]\n',
    ),
    Bug(
        "a number is given twice",
        "core/registration/store.py",
        "    if added is None:\n        raise LostRaceError\n",
        "    if added is None:\n        added = (1,)\n",
    ),
    Bug(
        "a sent message stays queued",
        "gateway/sending/sender.py",
        '                self._metrics.outbox("sent")\n                return\n',
        '                self._metrics.outbox("sent")\n                continue\n',
    ),
)
