"""The domain: what a message means, what is kept of it, and what is owed for it."""
