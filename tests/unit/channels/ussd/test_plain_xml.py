from itertools import pairwise

import pytest

from channels.contract import RejectedError
from channels.ussd.plain_xml import ELEMENTS_MAX, XML_BYTES_MAX, XML_DEPTH_MAX, read_xml


def test_texts_and_attributes_are_found_by_path():
    xml = b'<u:ussd xmlns:u="x" v="1">\n <msg a="2">1 &amp; &#49;</msg>\n <e/>tail</u:ussd>'
    found = read_xml(xml)
    assert found["/ussd/msg"] == "1 & 1"
    assert (found["/ussd/@v"], found["/ussd/msg/@a"], found["/ussd/e"]) == ("1", "2", "")


def test_the_first_of_a_name_counts():
    assert read_xml(b"<a><b>1</b><b>2</b></a>")["/a/b"] == "1"


@pytest.mark.parametrize("declared", ["utf-8", "UTF-16", "ISO-8859-1", "rot13", "idna", "no-such"])
def test_text_is_utf_8_whatever_it_declares(declared):
    xml = f'<?xml version="1.0" encoding="{declared}"?><a>José ✓</a>'
    assert read_xml(xml.encode())["/a"] == "José ✓"


def test_octets_that_are_no_text_do_no_harm():
    assert read_xml(b"<a>Jos\xe9</a>")["/a"] == "Jos\ufffd"


LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE a [<!ENTITY a "ha">{LAUGHS}]><a>&i;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://stranger.example/a.dtd"><a/>',
        '<!DOCTYPE a PUBLIC "-//x" "http://stranger.example/a.dtd"><a>1</a>',
        "<!DOCTYPE a><a>1</a>",
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://stranger.example/p">%p;]><a/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "default">]><a/>',
    ],
)
def test_a_document_type_is_refused(xml):
    with pytest.raises(RejectedError, match="document type") as caught:
        read_xml(xml.encode())
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "xml",
    ["", " ", "<", "<a>", "<a></b>", "<a/><b/>", "a", "<a>&b;</a>", "<a>\0</a>", "<a b=1/>"],
)
def test_what_is_no_xml_is_refused(xml):
    with pytest.raises(RejectedError, match="is not XML"):
        read_xml(xml.encode())


def test_elements_are_bounded():
    inner = b"<b/>" * (ELEMENTS_MAX - 1)
    assert read_xml(b"<a>" + inner + b"</a>")
    with pytest.raises(RejectedError, match="too large"):
        read_xml(b"<a>" + inner + b"<b/></a>")


def test_depth_is_bounded():
    assert read_xml(b"<a>" * XML_DEPTH_MAX + b"</a>" * XML_DEPTH_MAX)
    with pytest.raises(RejectedError, match="too deep"):
        read_xml(b"<a>" * (XML_DEPTH_MAX + 1))


def test_octets_are_bounded():
    frame = len(b"<a></a>")
    assert read_xml(b"<a>" + b"x" * (XML_BYTES_MAX - frame) + b"</a>")
    with pytest.raises(RejectedError) as caught:
        read_xml(b"<a>" + b"x" * (XML_BYTES_MAX - frame + 1) + b"</a>")
    assert caught.value.status == 413
