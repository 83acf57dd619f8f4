"""Whole conversations, as lists of words."""

import pytest

from core.appointments.requests import StatusReport
from core.appointments.views import StatusEntry
from core.conversation.context import WRONG_MAX
from core.conversation.form_questions import PROFESSION_TEXT
from core.conversation.keywords import TEXT_LENGTH_MAX
from core.conversation.letter_threads import THREADS_MAX
from core.conversation.remembering import REPLIES_MAX, REPLIES_MIN, REPLIES_SECONDS
from core.messages import (
    ATTACHMENT,
    FORWARDED,
    PERSONS,
    Address,
    AddressKind,
    Channel,
    Prompt,
    Reply,
)
from core.messages import LETTER as LETTER_ITSELF
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import Opt
from core.wording.catalog import load_wording
from tests.scripts import CAMPAIGN, MAILBOX, NAME, NIK, NUMBER, PHONE, START, Person, play

TO_CONFIRM = ("halo", "1", "1", NIK, NAME, "2")
HIDDEN = Address(AddressKind.WHATSAPP, "ID.1349")
ONE_LINE = f"DAFTAR {NIK}#{NAME}#PERAWAT"


@pytest.mark.parametrize("first", ["", "halo", "1", "assalamualaikum", "????"])
def test_any_first_message_opens_the_menu(first):
    assert Person().say(first)[-1:] == ["menu"]


def test_every_question_in_its_order():
    person = Person()
    heard = [person.say(word) for word in (*TO_CONFIRM, "1")]
    assert heard == [
        ["menu"],
        ["ask_consent"],
        ["ask_nik"],
        ["ask_full_name"],
        ["ask_profession"],
        ["confirm"],
        ["registered"],
    ]
    assert person.reply.ends
    assert person.reply.prompts[0].args == {"number": NUMBER}


def test_the_intent_holds_what_was_said_and_what_the_nik_tells():
    person = Person()
    play(person, *TO_CONFIRM, "ya")
    intent = person.done[0].intent
    assert (intent.nik, intent.full_name, intent.profession) == (NIK, NAME, "perawat")
    assert (intent.sex, intent.birth_date.isoformat()) == ("female", "1996-06-17")
    assert (intent.phone, intent.channel, intent.language) == (PHONE.value, "sms", "id")
    assert START < intent.consent_at < intent.received_at


@pytest.mark.parametrize("word", ["1", "ya", "Y", " Iya ", "YES", "ya.", "Betul!"])
def test_words_and_numbers_both_say_yes(word):
    assert play(Person(), *TO_CONFIRM, word) == ["registered"]


@pytest.mark.parametrize("word", ["2", "tidak", "Ubah", "GANTI", "no"])
def test_change_asks_which_answer(word):
    person = Person()
    assert play(person, *TO_CONFIRM, word) == ["ask_which"]
    assert person.reply.prompts[0].choices == ("step_nik", "step_full_name", "step_profession")
    assert person.say("0") == ["confirm"]


@pytest.mark.parametrize(
    ("which", "question", "answer", "changed"),
    [
        ("1", "ask_nik", "3204115706960002", {"nik": "3204115706960002"}),
        ("NIK", "ask_nik", "3204115706960002", {"nik": "3204115706960002"}),
        ("nama kak", "ask_full_name", "BUDI", {"full_name": "BUDI"}),
        ("3", "ask_profession", "1", {"profession": "dokter"}),
    ],
)
def test_only_the_answer_that_is_to_change_is_asked_again(which, question, answer, changed):
    person = Person()
    play(person, *TO_CONFIRM)
    before = person.session.answers
    assert play(person, "2", which) == [question]
    assert person.say(answer) == ["confirm"]
    assert person.session.answers == {**before, **changed}


def test_whoever_names_no_answer_is_asked_again_which():
    person = Person()
    assert play(person, *TO_CONFIRM, "2", "4") == ["choice_unclear", "ask_which"]


def test_a_user_who_hides_the_number_may_change_the_phone():
    person = Person(address=HIDDEN)
    play(person, *TO_CONFIRM, "081234567890", "2")
    assert person.reply.prompts[0].choices[-1] == "step_phone"
    assert play(person, "4") == ["ask_phone"]
    assert person.say("081234567891") == ["confirm_phone"]


@pytest.mark.parametrize("word", ["2", "tidak", "TDK"])
def test_without_consent_nothing_is_kept(word):
    person = Person()
    assert play(person, "halo", "1", word) == ["declined"]
    assert person.reply.ends
    assert not person.session.answers


@pytest.mark.parametrize(
    ("word", "code"),
    [("3", "bidan"), ("PERAWAT", "perawat"), ("ners", "perawat"), ("prawat", "perawat"),
     ("Tenaga Laboratorium", "laboratorium"), ("farmasi", "apoteker"), ("6.", "lainnya")],
)  # fmt: skip
def test_a_profession_by_number_word_or_slip(word, code):
    person = Person()
    play(person, "halo", "1", "1", NIK, NAME, word)
    assert person.session.answers["profession"] == code


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("abc", "nik_digits"), ("123", "nik_length"), (NIK + "1", "nik_length"),
     ("0004115706960001", "nik_region"), ("3204119906960001", "nik_date"),
     ("3204115706960000", "nik_serial"), ("", "nik_digits")],
)  # fmt: skip
def test_a_wrong_answer_repeats_the_question_with_the_reason(typed, reason):
    person = Person()
    assert play(person, "halo", "1", "1", typed) == [reason, "ask_nik"]
    assert person.say(NIK) == ["ask_full_name"]


def test_three_wrong_in_a_row_offer_help():
    person = Person()
    play(person, "halo", "1", "1")
    heard = [person.say("x") for _ in range(WRONG_MAX)]
    assert [len(keys) for keys in heard] == [2] * (WRONG_MAX - 1) + [3]
    assert heard[-1] == ["nik_digits", "help_hotline", "ask_nik"]
    person.say(NIK)
    assert person.say("123") == ["name_digits", "ask_full_name"]


def test_an_unknown_region_is_a_warning_not_a_refusal():
    person = Person()
    heard = play(person, "halo", "1", "1", "9999115706960001", NAME, "2")
    assert heard == ["nik_region_unknown", "confirm"]


def test_back_asks_the_question_before_and_keeps_the_rest():
    person = Person()
    play(person, *TO_CONFIRM)
    assert person.say("0") == ["ask_profession"]
    assert person.say("0") == ["ask_full_name"]
    assert person.say("0") == ["ask_nik"]
    assert person.say("0") == ["ask_consent"]
    assert person.say("0") == ["menu"]
    assert person.say("0") == ["menu"]


def test_the_menu_key_keeps_the_form():
    person = Person()
    play(person, "halo", "1", "1", NIK)
    assert person.say("00") == ["menu"]
    assert person.say("1") == ["resume"]
    assert person.say("1") == ["ask_full_name"]


def test_next_page_says_the_same_on_the_next_page():
    person = Person()
    play(person, *TO_CONFIRM)
    assert person.say("98") == ["confirm"]
    assert person.reply.page == 1
    assert person.say("1") == ["registered"]


def test_next_page_before_anything_was_said_opens_the_menu():
    assert Person().dial("98") == ["menu"]


def test_a_form_begun_on_ussd_goes_on_by_whatsapp_and_ends_by_sms():
    person = Person()
    person.dial()
    for word in ("1", "1", NIK):
        heard = person.key(word)
    assert heard == ["ask_full_name"]
    assert person.say("halo", Channel.WHATSAPP) == ["resume"]
    assert person.reply.prompts[0].args == {"step": "@step_full_name"}
    assert person.say("1", Channel.WHATSAPP) == ["ask_full_name"]
    assert person.say(NAME, Channel.WHATSAPP) == ["ask_profession"]
    assert person.say("apa kabar", Channel.SMS) == ["resume"]
    assert person.say("lanjut", Channel.SMS) == ["ask_profession"]
    assert play(person, "2", "1") == ["registered"]


def test_start_again_forgets_the_form():
    person = Person()
    play(person, "halo", "1", "1", NIK)
    assert person.dial() == ["resume"]
    assert person.key("2") == ["ask_consent"]
    assert not person.session.answers


def test_a_redial_without_answers_opens_the_menu():
    person = Person()
    play(person, "halo", "1")
    assert person.dial() == ["menu"]


@pytest.mark.parametrize(("seconds", "heard"), [(1_700, "ask_full_name"), (1_801, "resume")])
def test_a_chat_resumes_only_after_a_silence(seconds, heard):
    person = Person()
    play(person, "halo", "1", "1", NIK)
    person.wait(seconds=seconds)
    assert person.say("halo") == [heard]


@pytest.mark.parametrize(
    ("word", "heard"),
    [("VAKSIN", ["menu"]), ("menu", ["menu"]),
     ("Daftar", ["ask_consent"]), ("REG", ["ask_consent"]),
     ("status", ["status_none", "ask_number"]), ("JADWAL", ["ask_number"]), ("bantuan", ["help"]),
     ("HELP", ["help"]), ("batal", ["nothing_dropped"]), ("STOP", ["opted_out"]),
     ("Berhenti.", ["opted_out"]), ("MULAI", ["opted_in"]), ("start", ["opted_in"]),
     ("ENGLISH", ["menu"]), ("indonesia", ["menu"])],
)  # fmt: skip
def test_keywords_in_any_case(word, heard):
    assert Person().say(word) == heard


def test_a_keyword_in_mid_form_keeps_the_form_unless_it_drops_it():
    person = Person()
    play(person, "halo", "1", "1", NIK)
    assert person.say("BANTUAN") == ["help", "ask_full_name"]
    assert person.say("STATUS") == ["status_none", "ask_number"]
    assert person.say("1") == ["resume"]
    assert play(person, "1", "BATAL") == ["cancelled"]
    assert person.say("halo") == ["menu"]


def test_a_command_inside_a_sentence_is_not_a_command():
    person = Person()
    play(person, "halo", "1", "1", NIK)
    assert person.say("Stop Sihombing") == ["ask_profession"]


def test_one_message_goes_straight_to_confirm_and_consents_with_it():
    person = Person()
    assert person.say(ONE_LINE) == ["confirm_consent"]
    assert person.say("YA") == ["registered"]
    intent = person.done[0].intent
    assert intent.consent_at == intent.received_at


@pytest.mark.parametrize(
    ("text", "heard"),
    [(f"REG {NIK}", ["ask_full_name"]), (f"daftar 12#{NAME}#PERAWAT", ["nik_length", "ask_nik"]),
     (f"daftar {NIK}#{NAME}#tukang", ["choice_unclear", "ask_profession"]),
     (f"daftar {NIK} # {NAME} # 2 # lebih", ["confirm_consent"]),
     (f"DAFTAR#{NIK}#{NAME}#PERAWAT", ["confirm_consent"]),
     ("daftar vaksin", ["ask_consent"]), ("DAFTAR #", ["ask_consent"])],
)  # fmt: skip
def test_one_message_that_is_not_whole_keeps_what_is_right(text, heard):
    assert Person().say(text) == heard


def test_a_message_delivered_again_gets_the_same_answer_and_changes_nothing():
    person = Person()
    for word in (*TO_CONFIRM, "1"):
        person.say(word)
        session, reply = person.session, person.reply
        message = person.messages - 1
        assert person.say("other words", message_id=f"m{message}")
        assert person.reply is not None
        assert (person.session, person.reply) == (session, reply)
        person.messages -= 1
    assert len(person.done) == 1


def test_answers_are_remembered_by_time_as_well_as_by_count():
    person = Person()
    for _ in range(REPLIES_MAX + 5):
        person.say("halo")
    assert len(person.session.replies) == REPLIES_MAX
    person.wait(seconds=REPLIES_SECONDS + 1)
    person.say("halo")
    assert len(person.session.replies) == REPLIES_MIN


def test_four_in_the_menu_speaks_the_other_language():
    person = Person()
    person.say("halo")
    assert person.reply.prompts[0].choices[-1] == "language:en"
    assert person.say("4") == ["menu"]
    assert person.reply.language == "en"
    assert person.reply.prompts[0].choices[-1] == "language:id"


def test_a_third_language_makes_a_list():
    person = Person(languages=("id", "en", "jv"))
    assert play(person, "halo", "4") == ["choose_language"]
    assert person.say("9") == ["choice_unclear", "choose_language"]
    assert person.say("3") == ["menu"]
    assert person.reply.language == "jv"
    assert person.say("ENGLISH") == ["menu"]
    assert person.reply.language == "en"


def test_a_language_that_is_gone_falls_back_to_the_campaigns():
    person = Person(languages=("id",))
    person.session = Person(languages=("id", "en")).session
    person.say("ENGLISH")
    assert person.reply.language == "id"


def test_status_tells_what_is_on_file():
    person = Person()
    entry = StatusEntry(number=NUMBER, full_name=NAME, status="received")
    person.report = StatusReport(registrations=(entry,), in_review=True)
    assert person.say("STATUS") == ["status_one", "next_received", "status_review"]
    assert person.reply.prompts[0].args["status"] == "@status_received"


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_every_outcome_is_said_and_ends(kind):
    person = Person()
    person.outcome = Outcome(kind=kind)
    assert play(person, *TO_CONFIRM, "1") == [kind.value]
    assert person.reply.ends
    assert person.say("1") == ["menu"]


def test_a_wordless_message_is_answered_kindly_and_asks_again():
    person = Person()
    assert person.say(wordless=True) == ["wordless", "menu"]
    assert person.say("1") == ["ask_consent"]
    assert person.say(wordless=True) == ["wordless", "ask_consent"]


def test_what_is_tapped_below_an_older_message_is_no_answer_to_this_question():
    person = Person()
    assert person.say("halo", Channel.WHATSAPP) == ["menu"]
    assert person.say("1", Channel.WHATSAPP, tapped="Daftar") == ["ask_consent"]
    earlier = ["tapped_earlier", "ask_consent"]
    assert person.say("1", Channel.WHATSAPP, tapped="Daftar") == earlier
    assert person.say("2", Channel.WHATSAPP, tapped="Setuju") == earlier
    assert person.say("1", Channel.WHATSAPP, tapped="Setuju") == ["ask_nik"]
    assert person.say("2", Channel.WHATSAPP, tapped="Tidak") == ["tapped_earlier", "ask_nik"]
    assert person.say(NIK, Channel.WHATSAPP) == ["ask_full_name"]


def test_the_first_message_may_be_a_tap():
    assert Person().say("1", Channel.WHATSAPP, tapped="Daftar") == ["menu"]


def test_a_shared_contact_answers_the_question_for_a_phone():
    person = Person(address=HIDDEN)
    play(person, "halo", "1", "1", NIK, NAME)
    assert person.say("1") == ["ask_phone"]
    assert person.reply.prompts[-1].asks == "contact"
    shared = {"wordless": True, "contact": PHONE.value}
    assert person.say(**shared) == ["confirm_phone"]
    assert person.session.answers["phone"] == PHONE.value


def test_a_shared_contact_that_is_no_mobile_is_told_so():
    person = Person(address=HIDDEN)
    play(person, "halo", "1", "1", NIK, NAME, "1")
    assert person.say(wordless=True, contact="021 5086 7777") == ["phone_not_mobile", "ask_phone"]
    assert person.say(wordless=True) == ["wordless", "ask_phone"]


def test_a_shared_contact_answers_nothing_else():
    person = Person()
    assert person.say(wordless=True, contact=PHONE.value) == ["wordless", "menu"]
    assert play(person, "1", "1") == ["ask_nik"]
    assert person.say(wordless=True, contact=PHONE.value) == ["wordless", "ask_nik"]


@pytest.mark.parametrize(("length", "code"), [(0, "name_too_long"), (1, "text_too_long")])
def test_the_longest_text(length, code):
    person = Person()
    play(person, "halo", "1", "1", NIK)
    assert person.say("a" * (TEXT_LENGTH_MAX + length))[0] == code


def test_the_turns_of_an_hour_have_an_end():
    turns_max = CAMPAIGN.limits.turns_per_hour_max
    person = Person()
    for _ in range(turns_max):
        person.now = START
        assert person.say("menu") == ["menu"]
    assert person.say("menu") == ["too_many_turns"]
    person.wait(hours=1)
    assert person.say("menu") == ["menu"]


def test_whatsapp_without_a_number_is_asked_for_one():
    person = Person(address=Address(AddressKind.WHATSAPP, "ID.1234"))
    assert play(person, *TO_CONFIRM) == ["ask_phone"]
    assert person.say("119") == ["phone_unclear", "ask_phone"]
    assert person.say("021-5201590") == ["phone_not_mobile", "ask_phone"]
    assert person.say("0812-1111-0001") == ["confirm_phone"]
    assert person.say("1") == ["registered"]
    assert person.done[0].intent.phone == PHONE.value


LETTER = {"nik": NIK, "full_name": NAME, "profession": "perawat", "phone": "0812-1111-0001"}
WHOLE = ["letter_greeting", "registered", "letter_person", "letter_signature"]


def test_a_complete_letter_registers_at_once():
    person = Person(address=MAILBOX)
    assert person.write(**LETTER) == WHOLE
    assert person.done[0].intent.phone == PHONE.value


@pytest.mark.parametrize("left_out", list(LETTER))
def test_an_incomplete_letter_is_told_exactly_what_is_missing(left_out):
    person = Person(address=MAILBOX)
    rest = {key: value for key, value in LETTER.items() if key != left_out}
    heard = person.write(**rest)
    asked = [key for key in heard if key.startswith("letter_missing")]
    assert asked == [f"letter_missing_{left_out}"]
    assert person.write(**{left_out: LETTER[left_out]}) == WHOLE


def test_a_bare_answer_completes_a_letter():
    person = Person(address=MAILBOX)
    person.write(**{**LETTER, "nik": "123"})
    assert person.write(NIK) == WHOLE


def test_a_letter_is_answered_in_its_language_unless_another_was_chosen():
    person = Person(address=MAILBOX)
    person.say("", Channel.EMAIL, confirms=True, answers={"nik": NIK}, language="en")
    assert person.reply.language == "en"
    person.write("INDONESIA")
    person.say("", Channel.EMAIL, confirms=True, answers={"nik": NIK}, language="en")
    assert person.reply.language == "id"


def test_letters_about_two_people_are_never_mixed():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME)
    heard = person.write(full_name="BUDI SANTOSO", profession="perawat", phone="0812-1111-0002")
    assert "letter_missing_nik" in heard
    assert not person.done


def missing(heard):
    return [key.removeprefix("letter_missing_") for key in heard if "missing" in key]


def test_a_form_is_gone_on_with_only_by_who_answers_our_letter():
    person = Person(address=MAILBOX)
    person.forge(phone="+62 812 9999 0009")
    rest = {key: LETTER[key] for key in ("nik", "full_name", "profession")}
    assert missing(person.forge(**rest)) == ["phone"]
    assert person.write(phone=LETTER["phone"]) == WHOLE
    assert person.done[0].intent.phone == PHONE.value


def test_a_strangers_letter_destroys_no_form():
    person = Person(address=MAILBOX)
    assert missing(person.write(nik=NIK, full_name=NAME)) == ["profession", "phone"]
    ours = person.reply.proof
    for n in range(THREADS_MAX - 2):
        person.forge(nik=NIK, full_name=f"BUDI {'ABCDEFGH'[n]}")
    person.forge("BATAL")
    person.reply = Reply((Prompt("letter_signature", {"proof": ours}),), "id")
    assert person.write(profession="perawat", phone=LETTER["phone"]) == WHOLE
    assert person.done[-1].intent.full_name == NAME


def test_so_many_forms_of_a_mailbox_are_kept():
    for many, kept in ((THREADS_MAX - 1, True), (THREADS_MAX, False)):
        person = Person(address=MAILBOX)
        person.write(nik=NIK, full_name=NAME)
        ours = person.reply
        for n in range(many):
            person.forge(nik=NIK, full_name=f"BUDI {'ABCDEFGHIJ'[n]}")
        person.reply = ours
        heard = person.write(profession="perawat", phone=LETTER["phone"])
        assert (heard == WHOLE) is kept


def test_each_form_has_a_token_of_its_own():
    tokens = set()
    for name in ("ANI", "BUDI"):
        person = Person(address=MAILBOX)
        person.write(full_name=name)
        tokens.add(person.reply.proof)
    assert len(tokens) == 2
    assert "" not in tokens


def test_a_phone_without_a_name_or_a_nik_is_nobodys():
    person = Person(address=MAILBOX)
    heard = person.write(phone=LETTER["phone"], profession="perawat")
    assert missing(heard) == ["nik", "full_name", "phone"]


@pytest.mark.parametrize(
    "before", [{"nik": "3273014107900015", "full_name": "ANI LESTARI"}, {"full_name": "ANI"},
               {"nik": "3273014107900015"}]
)  # fmt: skip
def test_an_answer_about_another_person_takes_nothing_of_the_one_before(before):
    person = Person(address=MAILBOX)
    person.write(**before, phone="+62 812 9999 0009")
    heard = person.write(nik=NIK, full_name=NAME)
    assert missing(heard) == ["profession", "phone"]
    assert not person.done


def test_a_letter_about_several_people_registers_nobody_and_keeps_nothing():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME)
    heard = person.say("", Channel.EMAIL, confirms=True, unread=frozenset({PERSONS}))
    assert heard == ["letter_greeting", "letter_several", "letter_signature"]
    assert not person.done
    assert not person.session.answers


def test_what_was_not_read_is_said_and_said_again():
    person = Person(address=MAILBOX)
    unread = frozenset({FORWARDED, ATTACHMENT})
    for answers in ({"nik": NIK}, LETTER):
        message = {
            "confirms": True,
            "answers": answers,
            "unread": unread,
            "message_id": str(answers),
        }
        heard = person.say("", Channel.EMAIL, **message)
        assert heard[-3:-1] == ["letter_unread_attachment", "letter_unread_forwarded"]
        said = person.reply
        person.say("", Channel.EMAIL, **message)
        assert person.reply == said
    assert "letter_unread_attachment" not in person.write("STATUS")


def test_a_letter_that_cannot_be_read_is_told_so_and_changes_nothing():
    person = Person(address=MAILBOX)
    person.write(**{key: LETTER[key] for key in ("nik", "full_name", "profession")})
    ours = person.reply
    heard = person.say("", Channel.EMAIL, confirms=True, unread=frozenset({LETTER_ITSELF}))
    assert heard == ["letter_greeting", "letter_unreadable", "letter_signature"]
    person.reply = ours
    assert person.write(phone=LETTER["phone"]) == WHOLE


def test_a_profession_in_a_letter_that_no_choice_names_is_another_with_its_words():
    person = Person(address=MAILBOX)
    assert person.write(**{**LETTER, "profession": "Kepala Ruangan"}) == WHOLE
    intent = person.done[0].intent
    assert (intent.profession, intent.attributes) == (
        "lainnya",
        {PROFESSION_TEXT: "Kepala Ruangan"},
    )
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME, profession="Kepala Ruangan")
    assert person.write(phone=LETTER["phone"], profession="Bidan Pelaksana") == WHOLE
    intent = person.done[0].intent
    assert (intent.profession, intent.attributes) == ("bidan", {})


def test_an_unclear_profession_in_a_letter_is_no_choice_by_number():
    person = Person(address=MAILBOX)
    heard = person.write(**{**LETTER, "profession": "perawat/bidan"})
    assert heard[1:4] == ["letter_incomplete", "letter_unknown_profession",
                          "letter_missing_profession"]  # fmt: skip
    text = load_wording(None, CAMPAIGN).text(person.reply, "long")
    assert "Tulis salah satu" in text
    assert "nomor pilihan" not in text


def test_an_answer_to_a_letter_says_whom_it_is_about():
    person = Person(address=MAILBOX)
    person.write(**{**LETTER, "full_name": "dr. Siti Aminah, S.Kep"})
    assert person.reply.prompts[2].args == {"full_name": "@text:dr Siti Aminah, S Kep"}


def test_an_answer_to_our_letter_may_correct_what_was_said():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name="SITI AMINA")
    rest = {"full_name": NAME, "profession": "perawat", "phone": "0812-1111-0001"}
    assert person.write(**rest) == WHOLE
    assert person.done[0].intent.full_name == NAME


def test_the_next_page_of_an_answer_that_ended():
    person = Person()
    assert play(person, "STOP", "98") == ["opted_out"]
    assert person.reply.page == 1


def test_politeness_is_not_a_name():
    person = Person(address=MAILBOX)
    person.write(**{key: LETTER[key] for key in ("nik", "profession", "phone")})
    assert "name_courtesy" in person.write("Selamat siang")


def test_a_wrong_line_in_a_letter_is_named_with_its_reason():
    person = Person(address=MAILBOX)
    heard = person.write(**{**LETTER, "nik": "320411570696000"})
    assert heard == ["letter_greeting", "letter_incomplete", "letter_wrong", "nik_length",
                     "letter_missing_nik", "letter_phone_kept", "letter_how",
                     "letter_signature"]  # fmt: skip


def test_who_completes_a_letter_sees_the_phone_that_another_may_have_written():
    person = Person(address=MAILBOX)
    assert "letter_phone_kept" not in person.write(full_name=NAME)
    person.write(full_name=NAME, phone=LETTER["phone"])
    kept = [one for one in person.reply.prompts if one.key == "letter_phone_kept"]
    assert [one.args["phone"] for one in kept] == [PHONE.value]


def test_an_answer_about_another_person_ends_the_token_of_the_one_before():
    person = Person(address=MAILBOX)
    person.write(nik=NIK)
    first = person.reply
    person.write(nik="3204115706960002")
    person.reply = first  # the first answer of ours is answered once more
    heard = person.write(**{key: value for key, value in LETTER.items() if key != "nik"})
    assert "letter_missing_nik" in heard
    assert not person.done


@pytest.mark.parametrize("same", [{"full_name": NAME}, {"nik": NIK}])
def test_a_slip_is_mended_by_who_says_the_rest_alike(same):
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME, profession="perawat")
    heard = person.write(**{"nik": "3204115706960002", "full_name": "BUDI SANTOSO", **same})
    assert [key for key in heard if "missing" in key] == ["letter_missing_phone"]


def test_an_empty_letter_asks_for_everything():
    person = Person(address=MAILBOX)
    heard = person.write("halo")
    assert [key for key in heard if "missing" in key] == [
        f"letter_missing_{key}" for key in LETTER
    ]


@pytest.mark.parametrize(("word", "heard"), [("STOP", "opted_out"), ("BATAL", "nothing_dropped")])
def test_a_letter_may_be_a_command(word, heard):
    person = Person(address=MAILBOX)
    person.write("halo")
    assert heard in person.write(word)


@pytest.mark.parametrize(
    ("word", "asked", "done"),
    [("STOP", "letter_confirm_stop", "opted_out"), ("MULAI", "letter_confirm_start", "opted_in")],
)
def test_a_stop_by_letter_is_confirmed_by_its_answer(word, asked, done):
    person = Person(address=MAILBOX)
    for _ in range(2):
        assert asked in person.forge(word)
    assert not person.done
    assert done in person.write(word)
    assert isinstance(person.done[0], Opt)


THANKS = ("Terima kasih", "baik, makasih min", "Siap kak, terima kasih banyak", "Thanks!", "ok")


@pytest.mark.parametrize("text", THANKS)
def test_thanks_by_letter_are_not_answered(text):
    person = Person(address=MAILBOX)
    assert person.forge(text) == []
    assert "letter_incomplete" in person.write("halo")
    assert person.write(text) == []
    letter = {"nik": NIK, "full_name": NAME, "profession": "perawat", "phone": PHONE.value}
    assert "registered" in person.write(**letter)
    told = person.reply
    for _ in range(2):
        person.reply = told
        assert person.write(text) == []


@pytest.mark.parametrize("text", THANKS)
def test_thanks_for_a_letter_that_asks_for_more_are_asked_again(text):
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME, profession="perawat")
    heard = person.write(text)
    assert [key for key in heard if key.startswith("letter_")] == [
        *("letter_greeting", "letter_incomplete", "letter_missing_phone", "letter_how"),
        "letter_signature",
    ]
    assert "registered" in person.write(phone=PHONE.value)


@pytest.mark.parametrize("text", ["halo", "Terima kasih, mohon info jadwal", "ya", ""])
def test_other_courtesies_by_letter_are_answered(text):
    assert "letter_incomplete" in Person(address=MAILBOX).forge(text)


def test_thanks_with_what_was_not_read_or_by_another_wire_are_answered():
    person = Person(address=MAILBOX)
    said = person.say("Terima kasih", Channel.EMAIL, confirms=True, unread=frozenset({FORWARDED}))
    assert "letter_unread_forwarded" in said
    assert Person().say("Terima kasih") == ["menu"]


@pytest.mark.parametrize(
    ("status", "heard"),
    [("received", "registered"), ("in_review", "registered_in_review"),
     ("verified", "registered_verified"), ("not_listed", "registered_not_listed")],
)  # fmt: skip
def test_what_the_roster_said_at_once_is_told_with_the_number(status, heard):
    person = Person()
    person.outcome = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER, status=status)
    assert play(person, *TO_CONFIRM, "1") == [heard]
    assert person.reply.prompts[0].args == {"number": NUMBER}
