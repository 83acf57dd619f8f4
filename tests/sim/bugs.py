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
    Bug(
        "a redelivered message is a new one",
        "core/turns/pipeline.py",
        "            if session is saved.session and reply is not None:\n",
        "            if session is saved.session and reply is None:\n",
    ),
    Bug(
        "what settled is told as saved where it was not",
        "core/turns/pipeline.py",
        "        return await self._sessions.load(key)\n",
        "        return Saved(session, saved.version + 1)\n",
    ),
    Bug(
        "a cancelled seat is not given back",
        "core/appointments/booking.py",
        "    connection.run(sql.GIVE_BACK, slot=booked.slot_id)\n",
        "",
    ),
    Bug(
        "a changed appointment keeps the seat before",
        "core/appointments/booking.py",
        "        connection.run(sql.GIVE_BACK, slot=before.slot_id)\n",
        "        pass\n",
    ),
    Bug(
        "a request to book is made twice",
        "core/appointments/booking.py",
        "    if first := connection.one(sql.MADE_BY, key=request.key):\n",
        "    if False and (first := connection.one(sql.MADE_BY, key=request.key)):\n",
    ),
    Bug(
        "a request to cancel is carried out twice",
        "core/appointments/booking.py",
        '    if first := _ended(connection, request, person, "cancelled"):\n',
        '    if False and (first := _ended(connection, request, person, "cancelled")):\n',
    ),
    Bug(
        "an intent is not kept",
        "core/registration/store.py",
        "    _add_intent(connection, intent, outcome, record_id)\n    return outcome\n",
        "    return outcome\n",
    ),
    Bug(
        "another number is tried only where it is free",
        "core/registration/numbering.py",
        "            if connection.one(_TAKEN, number=number) is None:\n",
        "            if connection.one(_TAKEN, number=number) is not None:\n",
    ),
    Bug(
        "a lost race is not run again",
        "core/registration/addresses.py",
        "except LostRaceError",
        "except ZeroDivisionError",
    ),
    Bug(
        "the sweeper leaves all but the first",
        "gateway/intake/sweeper.py",
        "        if len(keys) < EACH_MAX:  # no shard has more\n",
        "        if keys or True:\n",
    ),
    Bug(
        "the sweeper finishes nothing",
        "gateway/intake/sweeper.py",
        "        past |= await _finish_all(keys, lambda key: _finish(intake, key, now))\n",
        "        past |= {*keys}\n",
    ),
    Bug(
        "a late turn is not remembered",
        "gateway/intake/intake.py",
        "                self.late[inbound.address.conversation] = recalled.promised\n",
        "                pass\n",
    ),
    Bug(
        "a swept USSD answer is sent beside the SMS of the record",
        "gateway/intake/sweeper.py",
        "        if answer.reply.prompts[0].key.startswith(OutcomeKind.REGISTERED):\n",
        "        if not answer.reply.prompts[0].key.startswith(OutcomeKind.REGISTERED):\n",
    ),
    Bug(
        "a check is settled by whoever comes",
        "core/registration/checks.py",
        "    WHERE id = :row_id AND check_due_at = :lease\n    FOR UPDATE\n",
        "    WHERE id = :row_id AND :lease <> ''\n    FOR UPDATE\n",
    ),
    Bug(
        "a verdict leaves the check due",
        "core/registration/checks.py",
        "        updated_at = :at,\n        check_due_at = NULL,\n",
        "        updated_at = :at,\n",
    ),
    Bug(
        "a verdict is not told to the registry",
        "core/registration/checks.py",
        "        version = version + 1,\n        updated_at",
        "        updated_at",
    ),
    Bug(
        "a claim of checks takes no lease",
        "core/registration/checks.py",
        "    SET check_due_at = :until, check_attempts = check_attempts + 1\n",
        "    SET check_due_at = min(check_due_at, :until), check_attempts = check_attempts + 1\n",
    ),
    Bug(
        "the feed acknowledges nothing",
        "core/registration/feed.py",
        "    WHERE id = :row_id AND told_version < :sent\n",
        "    WHERE id = :row_id AND told_version > :sent\n",
    ),
    Bug(
        "a lease is taken while another has it",
        "core/database/leases.py",
        "leases.until < :now",
        "leases.until > :now",
    ),
    Bug(
        "a receipt of failure does not queue it again",
        "core/outbox/receipts.py",
        "    status = DEAD if receipt.final else QUEUED\n",
        "    status = QUEUED if receipt.final else DEAD\n",
    ),
    Bug(
        "a receipt moves a message back",
        "core/outbox/receipts.py",
        "    if by in state.refused_by or not _has_it(state, receipt, by):\n",
        "    if by in state.refused_by:\n",
    ),
    Bug(
        "a receipt of another copy queues it again",
        "core/outbox/receipts.py",
        "    return state.status == QUEUED or (state.status == ReceiptStatus.SENT and same)\n",
        "    return state.status == QUEUED or state.status == ReceiptStatus.SENT\n",
    ),
    Bug(
        "a retry goes back to who refused",
        "core/outbox/store.py",
        "        refused_by = :refused_by,\n        unsure_of = :unsure_of,\n",
        "        unsure_of = :unsure_of,\n",
    ),
    Bug(
        "a dead letter has no reason",
        "core/outbox/store.py",
        "        why = COALESCE(NULLIF(:why, ''), why)\n",
        "        why = ''\n",
    ),
    Bug(
        "a void offer keeps its seat",
        "core/appointments/standby_offers.py",
        '        end_offer(connection, row_id, "waiting" if kept else "lapsed")\n',
        '        connection.run(sql.END, row_id=row_id, status="lapsed", key="")\n',
    ),
    Bug(
        "a seat is offered without being held",
        "core/appointments/standby_offers.py",
        "    elif connection.run(booking.TAKE, slot=slot, now=iso_utc(at)):\n",
        "    elif slot:\n",
    ),
    Bug(
        "an erased person is still waited for",
        "gateway/operators/erasing.py",
        "            await self.sessions.forget(conversation)\n",
        "            pass\n",
    ),
)
