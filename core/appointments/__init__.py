"""Facilities, slots and seats.

One conditional update takes a seat; nothing is promised before. The rules are pure; a search reads
no full slot; booking, changing and cancelling queue tickets and reminders in their transaction.
"""
