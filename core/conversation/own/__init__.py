"""What people do about their own registration: correct it, end it, see who looked at it."""
