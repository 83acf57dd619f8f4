"""The pages, as rows: where each is, who may see it, and which acts read what it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.operators.roles import Scope

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. Its template is `<name>.html`, its title the phrase `page:<name>`.

    `parts` names what the template shows and the act that answers it. An act gets the parameters
    of the path, and of the fields those that its body has. A part is None where the visitor may
    not use the act, or where a required field is missing. A page that `posts` takes its fields
    from a form, since a URL must not name a person. `prepare` turns fields into those of the acts.
    """

    name: str
    path: str
    scope: Scope
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    posts: bool = False
    menu: bool = False
    prepare: Callable[[Fields], Fields] | None = None


PAGES: Final[tuple[Page, ...]] = ()
