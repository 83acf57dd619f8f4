"""USSD: one pure module per provider."""
