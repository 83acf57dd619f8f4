"""The people entitled by the ministry's file: rows, the import, the look-up, the invitations.

An unfinished import proves no absence.
"""
