"""SMTP to intake, and owed letters to a relay."""
