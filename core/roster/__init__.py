"""Who is entitled by the ministry's file: one row, the bulk import, the look-up, the invitations.

Half an import says nothing about who is absent.
"""
