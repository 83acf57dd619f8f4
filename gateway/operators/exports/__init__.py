"""What is exported, as files that are written while they are read."""
