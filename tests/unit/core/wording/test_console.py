from core.wording.console import ConsoleWords
from core.wording.phrase import Phrase

FACTS = {"en": {"campaign": "Jabs"}, "id": {"campaign": "Vaksin"}, "jv": {}}


def phrases(**words):
    return {key: Phrase(forms) for key, forms in words.items()}


def made(own="id"):
    english = phrases(hello=("Hello {name} of {campaign}",), waits=("{count} waits",))
    return ConsoleWords(
        {"en": english, "id": phrases(hello=("Halo {name}",)), "jv": {}}, own, FACTS
    )


def test_words_have_values_and_facts_in_their_places():
    assert made().say("en", "hello", name="{campaign}") == "Hello {campaign} of Jabs"


def test_a_language_lacks_nothing_that_another_has():
    assert made().say("id", "waits", count=3) == "3 waits"


def test_a_language_without_words_is_not_offered():
    assert made().languages == ("en", "id")
    assert made().offered("jv") == made().offered("") == "id"
    assert made("jv").say("jv", "hello", name="x") == "Hello x of Jabs"


def test_a_key_without_words_is_never_shown_whole():
    assert made().say("id", "kind:lost_phone") == "lost phone"
    assert not made().knows("kind:lost_phone")
