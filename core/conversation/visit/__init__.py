"""Everything about status and appointments, for who has proven who they are."""
