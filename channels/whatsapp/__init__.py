"""WhatsApp: one pure module per provider."""
