"""The outbox: each message is stored once per key, in the transaction of what causes it.

A sender claims a message for a lease; receipts move it forward, never back; a dead letter is kept.
The outbox knows quiet hours, opt-outs and the order for an address, not why a message is sent.
"""
