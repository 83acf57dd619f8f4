"""The operator API, and the gauges that watch what waits."""
