"""The operator API, and the gauges of what waits."""
