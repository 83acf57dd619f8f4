"""What a machine cannot decide: cases, their evidence, decisions, and what those change.

A decision is a pure function of the case, its evidence and the decision; it is shown before it is
confirmed, carried out in one transaction with audit and messages, and undone within 24 hours.
Triggers open the cases (migration 0012), so that nothing that waits is outside the queue.
"""
