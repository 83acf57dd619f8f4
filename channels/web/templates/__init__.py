"""The templates of the pages, read and compiled at import; whatever is put in is escaped."""

from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined

NAMES: Final = (
    "base",
    "fields",
    "start",
    "screen",
    "nothing",
    "problem",
    "ticket",
    "appeal",
    "list",
    "list_check",
    "list_sent",
    "link",
    "spent",
)


def _make() -> Environment:
    folder = files(__package__)
    texts = {f"{name}.html": folder.joinpath(f"{name}.html").read_text("utf-8") for name in NAMES}
    made = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for name in texts:
        made.get_template(name)
    return made


ENVIRONMENT: Final = _make()
