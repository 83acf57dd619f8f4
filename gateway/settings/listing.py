"""The list of all settings: value, default and description of each."""

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from gateway.settings.settings import Settings, given_names, variable

MASKED = "********"
NOT_SET = "-"


def list_settings() -> str:
    """Return a paragraph for each setting; secrets are masked."""
    try:
        settings: Settings | None = Settings()
    except ValidationError:
        settings = None  # the caller reads the configuration, which reports the faults
    given = given_names()
    return "\n".join(
        _describe(name, field, settings, given=variable(name) in given)
        for name, field in Settings.model_fields.items()
    )


def _describe(name: str, field: FieldInfo, settings: Settings | None, *, given: bool) -> str:
    default = _shown(field.get_default())
    value = "(cannot be read)" if settings is None and given else default
    if settings is not None:
        value = _shown(getattr(settings, name))
    changed = f" (default {default})" if given else ""
    return f"{variable(name)}={value}{changed}\n    {field.description}"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASKED
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        pairs = [f"{name}={_shown(each)}" for name, each in value.items()]
        return (";" if any("," in pair for pair in pairs) else ",").join(pairs)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bool):
        return str(int(value))
    return NOT_SET if value is None else str(value)
