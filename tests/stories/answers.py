"""What a person answers who goes on as asked, by the keys of what is asked."""

from fnmatch import fnmatchcase

# The choices of the menu, by the word that asks for the same in a message.
IN_MENU = {"DAFTAR": "[Daftar]", "STATUS": "[Status]", "JADWAL": "[Jadwal]"}
ANSWERS = (  # the first row whose pattern is a key that was said
    ("menu", "[Daftar]"),
    ("ask_consent", "[Setuju]"),
    ("ask_nik", "{nik}"),
    ("ask_full_name", "{name}"),
    ("ask_phone", "{phone}"),
    ("ask_profession", "[{profession}]"),
    ("ask_booking", "1"),
    ("ask_health", "[Tidak ada]"),
    ("ask_screening", "[Tidak]"),
    ("ask_seat", "[Ambil]"),
    ("ask_facility", "1"),
    ("ask_date", "1"),
    ("ask_time", "1"),
    ("ask_slot", "1"),
    ("confirm*", "[Ya]"),
)


def answer_to(keys):
    """Return what is answered, None if there is no answer to any of these."""
    return next((said for one, said in ANSWERS for key in keys if fnmatchcase(key, one)), None)
