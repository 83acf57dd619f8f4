"""Files are what their content says, whatever else it could be."""

import pytest

from channels.shared.file_types import HEAD_BYTES, evidence_type


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "application/pdf"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"GIF89a", ""),
        (b"PK\x03\x04", ""),
        (b"<!doctype html><script>", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"MZ\x90\0", ""),
        (b"", ""),
    ],
)
def test_a_file_is_known_by_its_beginning(file, kind):
    assert evidence_type(file) == kind


def test_a_picture_that_is_a_page_too_is_a_picture():
    assert evidence_type(b"\xff\xd8\xff\xe0<html><script>%PDF-") == "image/jpeg"


def test_the_beginning_has_a_bound():
    mark = b"%PDF-"
    assert evidence_type(b"x" * (HEAD_BYTES - len(mark)) + mark) == "application/pdf"
    assert evidence_type(b"x" * (HEAD_BYTES - len(mark) + 1) + mark) == ""
