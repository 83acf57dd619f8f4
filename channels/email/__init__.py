"""Email: letters in and out, as pure translation."""
