"""HTTP to intake: webhooks, health, tickets, and the errors of all of them."""
