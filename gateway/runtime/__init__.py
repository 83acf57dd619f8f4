"""What every part leans on: clock, log, metrics, deadline, breaker, locks."""
