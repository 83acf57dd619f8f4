"""Status and appointments, for a person who has proven who they are."""
