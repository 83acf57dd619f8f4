"""Whose truth is asked for."""

import pytest
from starlette.requests import Request

from channels.web.tokens import web_value
from gateway.http.problems import ProblemError
from gateway.simulator.requests import read_addresses

TOKEN = "A" * 22
HERE = "http://127.0.0.1:8000"


def ask(query, cookie=""):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/try/api/truth",
        "query_string": query.encode(),
        "headers": [(b"cookie", cookie.encode())] if cookie else [],
    }
    return [one.conversation for one in read_addresses(Request(scope), "ID", HERE)]


def test_the_phone_comes_first():
    query = "phone=0812-1111-0001&mail=Siti@Klinik.example"
    assert ask(query) == ["phone:+6281211110001", "email:siti@klinik.example"]


def test_the_form_of_this_browser_is_shown_if_wanted():
    cookie = f"satupintu_form={TOKEN}"
    assert ask("phone=081211110001", cookie) == ["phone:+6281211110001"]
    assert ask("phone=081211110001&web=1", cookie)[1:] == [f"web:{web_value(TOKEN)}"]
    assert ask("phone=081211110001&web=1", "satupintu_form=x") == ["phone:+6281211110001"]


@pytest.mark.parametrize("query", ["", "phone=", "phone=siti", "phone=%00"])
def test_without_a_phone_nothing_is_shown(query):
    with pytest.raises(ProblemError) as raised:
        ask(query)
    assert raised.value.status == 422
