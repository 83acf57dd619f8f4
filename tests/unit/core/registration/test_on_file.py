"""Whatever one slip makes of a NIK is found, if the birth date or the phone is the same."""

from hypothesis import given
from hypothesis import strategies as st

from core.database.in_memory import InMemoryDatabase
from core.database.statements import Connection, Statement, column_list, parameter_list
from core.fields.nik_slips import jumble, one_slip_apart, other_sex, slips, tail
from core.registration.on_file import find_matches
from tests.unit.core.registration.test_identity import intent

OURS, OTHERS = "+628111000001", "+628111000002"
PLAIN = dict.fromkeys(
    ("full_name", "sex", "profession", "language", "status", "attributes", "created_at"), ""
)
COLUMNS = (*PLAIN, "campaign", "nik", "nik_tail", "nik_jumble", "number", "birth_date")
COLUMNS = (*COLUMNS, "phone", "version", "updated_at")
ADD = Statement(
    "INSERT INTO records ({columns}) VALUES ({values})",
    columns=column_list(COLUMNS),
    values=parameter_list(COLUMNS),
)


def record(nik: str, phone: str) -> dict[str, str | int]:
    return {
        **PLAIN,
        "campaign": "c",
        "nik": nik,
        "nik_tail": tail(nik),
        "nik_jumble": jumble(nik),
        "number": nik,
        "birth_date": "1996-06-17",
        "phone": phone,
        "version": 1,
        "updated_at": "",
    }


def is_same_birth_date(one: str, other: str) -> bool:
    return other[6:12] in {one[6:12], other_sex(one)[6:12]}


@st.composite
def people(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Draw a NIK, and the phones by NIK of some that a slip or two make of it."""
    nik = draw(st.text("0123", min_size=16, max_size=16))  # of few digits, which are often alike
    near = sorted(slips(nik))
    once = draw(st.lists(st.sampled_from(near), max_size=40))
    twice = [draw(st.sampled_from(sorted(slips(one)))) for one in once[:10]]
    return nik, {
        one: draw(st.sampled_from((OURS, OTHERS))) for one in {*once, *twice} if one != nik
    }


@given(people())
def test_look_alikes_are_found(drawn: tuple[str, dict[str, str]]) -> None:
    nik, phones = drawn
    near = {other for other in phones if one_slip_apart(nik, other)}
    due = {one for one in near if is_same_birth_date(nik, one) or phones[one] == OURS}

    def look(connection: Connection) -> set[str]:
        connection.run_many(ADD, [record(*one) for one in phones.items()])
        found = find_matches(connection, intent(nik=nik, phone=OURS)).on_file.lookalikes
        assert len({one.nik for one in found}) == len(found)
        return {one.nik for one in found}

    assert due <= InMemoryDatabase().run(look) <= near
