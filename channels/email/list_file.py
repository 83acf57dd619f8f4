"""The answer to a list of staff as a file beside the letter."""

from channels.email.parts import Attachment
from channels.shared.list_table import MEDIA_TYPE, NAME, Words, list_csv
from core.messages import Reply


def list_file(reply: Reply, words: Words) -> tuple[Attachment, ...]:
    """Return the file if the reply tells of the rows of a list."""
    data = list_csv(reply, words)
    return (Attachment(NAME, MEDIA_TYPE, data),) if data else ()
