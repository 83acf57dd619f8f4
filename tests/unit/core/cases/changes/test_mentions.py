"""What names a person who is erased, and what names another with a longer name or address."""

import pytest

from core.cases.changes.mentions import Mentions

WHO = Mentions(
    frozenset(("7K3M-9QXC", "3204115706960001")),
    frozenset(("Siti Aminah",)),
    frozenset(("a@b.id",)),
)


@pytest.mark.parametrize(
    "text",
    ['{"n":"7K3M-9QXC"}', '"Siti Aminah"', '"@text:SITI AMINAH"', "x 3204115706960001", "a@b.id"],
)
def test_a_value_names_the_person(text: str) -> None:
    assert WHO.in_values(None, text)


@pytest.mark.parametrize("text", ['"Siti Aminahwati"', '"Dewi Siti Aminah"', "7K3M-9QXD", ""])
def test_a_value_names_another(text: str) -> None:
    assert not WHO.in_values(text)


@pytest.mark.parametrize(
    "text", ["Siti Aminah called", 'of "siti aminah, S.Kep."', "asks Siti Aminah"]
)
def test_prose_names_the_person(text: str) -> None:
    assert WHO.in_prose(text)


def test_no_name_begins_within_a_word() -> None:
    assert not WHO.in_prose("DewiSiti Aminah")


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        ("answers to:a@b.id", True),
        ("asker:email:a@b.id", True),
        ("number:c:7K3M-9QXC", True),
        ("asker:email:aa@b.id", False),
        ("asker:email:a@b.id.example", False),
    ],
)
def test_a_count_is_of_whole_addresses(subject: str, counts: bool) -> None:  # noqa: FBT001
    assert WHO.in_count(subject, "") is counts
