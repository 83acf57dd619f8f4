import pytest

from channels.ussd.gateway_table import GATEWAYS_MAX
from gateway.settings.ussd_gateways import GATEWAYS_BYTES_MAX, read_gateways
from tests.fixtures.ussd_gateways import SHOWN

TELCO = SHOWN[1].replace("truroute", "telco")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "gateways.toml"


def faults(file, text):
    file.write_text(text)
    tables, found = read_gateways(file)
    start = f"SATUPINTU_USSD_GATEWAYS ({file}): "
    assert all(fault.startswith(start) for fault in found)
    return list(tables), [fault.removeprefix(start) for fault in found]


def test_a_network_is_added_by_a_table_alone(file):
    assert faults(file, "\n".join([*SHOWN, TELCO])) == (
        ["aat", "truroute", "hollatags", "telco"],
        [],
    )


def test_every_fault_is_told_and_the_other_tables_are_read(file):
    broken = TELCO.replace("xml:/ussd/msg", "body:/msg").replace("{words}</msg>", "{word}</msg>")
    tables, found = faults(file, SHOWN[0] + broken)
    assert tables == ["aat"]
    assert [fault.partition(": ")[0] for fault in found] == [
        "telco.typed",
        "telco.answer.goes_on",
        "telco.answer.ends",
    ]
    assert found[1] == "telco.answer.goes_on: {word} is no value; known: " + (
        "callback, phone, session, words"
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, "is part of a URL") for name in ("Telco", "a/b", "1x", "x" * 33)),
        *((name, "of its own") for name in ("kannel", "africastalking", "mapped")),
    ],
)
def test_a_name_is_a_part_of_the_url_that_nobody_else_has(file, name, why):
    tables, (fault,) = faults(file, TELCO.replace("[telco", f'["{name}"'))
    assert (tables, why in fault) == ([], True)


def test_a_table_is_a_table(file):
    assert faults(file, "telco = 1")[1] == [
        "telco: Input should be a valid dictionary or instance of GatewayTable"
    ]


def test_what_is_no_file_of_tables_is_a_sentence(file, tmp_path):
    (missing,) = read_gateways(file)[1]
    assert missing.endswith("no such file; docs/channels/ussd.md shows how to write one")
    assert "cannot be read" in read_gateways(tmp_path)[1][0]
    file.write_bytes(b"\xff")
    assert "is not TOML" in read_gateways(file)[1][0]
    assert "is not TOML" in faults(file, "[telco")[1][0]


def test_the_file_is_bounded(file):
    assert faults(file, "#" * GATEWAYS_BYTES_MAX) == ([], [])
    assert "is larger than" in faults(file, "#" * (GATEWAYS_BYTES_MAX + 1))[1][0]


def test_so_many_gateways_are_served(file):
    many = [TELCO.replace("telco", f"telco{n}") for n in range(GATEWAYS_MAX + 1)]
    assert len(faults(file, "\n".join(many[1:]))[0]) == GATEWAYS_MAX
    assert "more than" in faults(file, "\n".join(many))[1][0]
