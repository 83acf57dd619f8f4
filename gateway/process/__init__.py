"""Start, serve, drain, stop: the supervisor, its workers, and the embedded Valkey."""
