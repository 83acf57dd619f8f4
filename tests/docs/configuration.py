"""Write the table in docs/configuration.md: `python -m tests.docs.configuration`."""

import re

from gateway.settings.listing import NOT_SET, _shown
from gateway.settings.settings import Settings, variable
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "configuration.md"
_TABLE = re.compile(r"(<!-- table: .*? -->\n).*?(<!-- end of table -->)", re.DOTALL)


def table():
    """Every setting, a row each."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _shown(field.get_default())
        kept = default if default == NOT_SET else f"`{default}`"
        secret = " (secret)" if "SecretStr" in str(field.annotation) else ""
        rows.append(f"| `{variable(name)}` | {kept} | {field.description}{secret} |")
    return "\n".join(rows) + "\n"


def written(page):
    """The page with the table as it should be."""
    return _TABLE.sub(lambda around: around[1] + table() + around[2], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
