"""SMTP: letters in to intake, and out through a relay."""
