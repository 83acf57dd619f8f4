"""The process: settings, wiring, sockets, workers. The only package that touches the outside."""
