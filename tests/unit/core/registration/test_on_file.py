"""Whatever one slip makes of a NIK is found, if birth date and name are the same, or the phone."""

from hypothesis import given
from hypothesis import strategies as st

from core.database.in_memory import InMemoryDatabase
from core.database.statements import Connection, Statement, column_list, parameter_list
from core.fields.nik_slips import one_slip_apart, slips
from core.registration.marking import marks_of
from core.registration.on_file import _CANDIDATES, NEAR_MAX, _search_keys, find_matches
from tests.unit.core.registration.test_identity import intent

OURS, OTHERS = "+628111000001", "+628111000002"
BORN, ANOTHER_DAY = "1996-06-17", "1996-07-17"
SHE, SAME_NAME, ANOTHER = "Siti Aminah", "SITI AMINAH, S.Kep.", "Siti Aisyah"
PLAIN = dict.fromkeys(
    ("sex", "profession", "language", "status", "attributes", "created_at", "updated_at"), ""
)
COLUMNS = (*PLAIN, "campaign", "nik", "full_name", "birth_date", "phone", "number", "version")
COLUMNS = (*COLUMNS, "nik_tail", "nik_jumble", "regency", "name_marks")
ADD = Statement(
    "INSERT INTO records ({columns}) VALUES ({values})",
    columns=column_list(COLUMNS),
    values=parameter_list(COLUMNS),
)
Told = tuple[str, str, str]  # name, birth date, phone


def record(nik: str, told: Told) -> dict[str, str | int]:
    full_name, birth_date, phone = told
    return {
        **PLAIN,
        "campaign": "c",
        "nik": nik,
        "full_name": full_name,
        "birth_date": birth_date,
        "phone": phone,
        "number": nik,
        "version": 1,
        "nik_tail": "",
        "nik_jumble": "",
        **marks_of(nik, full_name),
    }


def is_due(told: Told) -> bool:
    full_name, birth_date, phone = told
    return phone == OURS or (full_name != ANOTHER and birth_date == BORN)


@st.composite
def people(draw: st.DrawFn) -> tuple[str, dict[str, Told]]:
    """Draw a NIK, and what is on file under some NIKs that a slip or two make of it."""
    nik = draw(st.text("0123", min_size=16, max_size=16))  # of few digits, which are often alike
    near = sorted(slips(nik))
    once = draw(st.lists(st.sampled_from(near), max_size=40))
    twice = [draw(st.sampled_from(sorted(slips(one)))) for one in once[:10]]
    told = st.tuples(
        st.sampled_from((SHE, SAME_NAME, ANOTHER)),
        st.sampled_from((BORN, ANOTHER_DAY)),
        st.sampled_from((OURS, OTHERS)),
    )
    return nik, {one: draw(told) for one in {*once, *twice} if one != nik}


@given(people())
def test_look_alikes_are_found(drawn: tuple[str, dict[str, Told]]) -> None:
    nik, others = drawn
    near = {other for other in others if one_slip_apart(nik, other)}

    def look(connection: Connection) -> set[str]:
        connection.run_many(ADD, [record(*one) for one in others.items()])
        wanted = intent(nik=nik, full_name=SHE, phone=OURS)
        found = find_matches(connection, wanted).on_file.lookalikes
        assert len({one.nik for one in found}) == len(found)
        return {one.nik for one in found}

    found = InMemoryDatabase().run(look)
    assert found == {one for one in near if is_due(others[one])}


def test_a_flood_of_namesakes_is_not_read_to_its_end() -> None:
    told = (SHE, BORN, OURS)
    flood = [record(f"3204115706{n:06}", told) for n in range(3 * NEAR_MAX)]
    nik = "3204115706000001"

    def look(connection: Connection) -> int:
        connection.run_many(ADD, flood)
        wanted = intent(nik=nik, full_name=SHE, phone=OURS)
        return len(connection.all(_CANDIDATES, **_search_keys(wanted)))

    assert InMemoryDatabase().run(look, end="ROLLBACK") <= 2 * NEAR_MAX + 1
