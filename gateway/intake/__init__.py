"""Messages in, from any wire: each is answered, or its answer queued."""
