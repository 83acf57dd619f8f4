"""All acts on people: their registrations, messages and data."""

from gateway.operators.acts import Act
from gateway.operators.caller_acts import caller_acts
from gateway.operators.change_acts import change_acts
from gateway.operators.desk import Desk
from gateway.operators.message_acts import message_acts
from gateway.operators.person_acts import person_acts
from gateway.operators.register_act import register_act


def people_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    called = (register_act(desk), *caller_acts(desk))
    return (*change_acts(desk), *called, *message_acts(desk), *person_acts(desk))
