"""The templates of the pages; whatever is put into one is escaped."""

from functools import lru_cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

_NAMES = ("base", "fields", "start", "screen", "nothing", "problem")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment, all templates read and compiled."""
    folder = files(__package__)
    texts = {f"{name}.html": folder.joinpath(f"{name}.html").read_text("utf-8") for name in _NAMES}
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
