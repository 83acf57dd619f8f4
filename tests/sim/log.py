"""The log of the gateways: a line that says that we failed is a violation."""

import json

FAULTS_OF_OURS = frozenset(
    {
        *("a request failed", "conversations cannot be finished", "a message could not be sent"),
        *("the registry cannot be asked", "what became of a turn is unknown", "a task failed"),
    }
)


class FailedError(Exception):
    """A part of ours met an error that it did not foresee."""


class Log:
    """A stream that hands the first such line to `failed`."""

    failed = staticmethod(lambda _: None)

    def write(self, text):
        line = json.loads(text)
        if line["event"] in FAULTS_OF_OURS:
            self.failed(FailedError(line["event"], line.get("error"), line.get("where")))

    def flush(self):
        """Nothing is buffered."""
