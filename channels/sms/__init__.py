"""SMS: one pure module per provider."""
