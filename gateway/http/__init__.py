"""HTTP: webhooks, passed turns, health, tickets, and their errors."""
