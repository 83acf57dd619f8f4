"""Facilities, slots and seats.

A seat is taken by one conditional update and never promised before. The rules are pure; a search
reads no full slot; booking, changing and cancelling leave tickets and reminders owed, or nothing.
"""
