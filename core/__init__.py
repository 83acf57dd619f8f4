"""The domain: what a message means, what is stored of it, and what is sent because of it."""
