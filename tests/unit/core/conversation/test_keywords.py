"""The words that people type, and the courtesies around them."""

import pytest

from core.conversation.courtesies import ANSWER_LENGTH_MAX
from core.conversation.keywords import NO_NAME_LETTERS_MIN, command_words
from core.messages import Channel
from tests.scripts import KEYWORDS, TYPED, Person, play

COMMANDS = {
    "menu": "vaksin|menu|vaccine",
    "register": """daftar|reg|register|registrasi|daftarin|daftarkan|daftarnya|daptar|dftar|dftr|
        didaftarkan|enrol|enroll|mendaftar|mendaftarkan|ndaftar|pendaftaran|registrasikan|
        registration|sign up|signup|ndaptar|badaftar|badaptar|mandaftar|ngadaptar|
        abdi bade daftar|abdi badhe daftar|abdi hoyong daftar|abdi daftar|beta mau daftar|
        beta mo daftar|beta daftar|ambo nak mandaftar|ambo mandaftar""",
    "status": """status|cek data|cek nik|data saya|lihat data|lupa nomor|lupa nomor pendaftaran|
        lupa nomor registrasi|no pendaftaran|no registrasi|nomor pendaftaran|
        nomor registrasi|sdh daftar|sdh terdaftar|statusnya|sts|stts|sudah daftar|
        sudah daftar belum|sudah diverifikasi|sudah terdaftar|sudah terdaftar belum|
        sudah verifikasi|terdaftar|udah daftar|udah terdaftar""",
    "appointment": """jadwal|appointment|schedule|ambil jadwal|batal jadwal vaksin|batal vaksin|
        batalkan jadwal|book|booking|booster|cek jadwal|di vaksin|disuntik|divaksin|
        divaksinnya|dosis 2|dosis dua|dosis kedua|gak jadi vaksin|ganti jadwal|jadual|
        jadwalkan|jadwalnya|jadwl|jdwl|kapan vaksin|lokasi vaksin|mundurkan jadwal|
        my appointment|pilih jadwal|pindah jadwal|suntik|tempat vaksin|tidak jadi vaksin|
        ubah jadwal|undur jadwal|vaccinated|vaksin kapan|vaksin ke 2|vaksin ke dua|
        vaksin kedua|jadwalku""",
    "help": """bantuan|help|tolong|admin|apa ini|bantu|bantuannya|bingung|confused|cs|ga ngerti|
        ga paham|gak ngerti|gak paham|hotline|i don t understand|ini apa|ini dari siapa|
        ini siapa|kurang paham|minta bantuan|nggak ngerti|nomor siapa ini|operator|
        petugas|siapa anda|siapa ini|siapa kamu|tdk mengerti|tidak mengerti|tidak paham|
        what is this|who is this""",
    "cancel": """batal|cancel|batal isi|batalin|batalkan isian|ga jadi|gak jadi|gk jadi|
        mboten siyos|ndak jadi|nggak jadi|ora sido|tdk jadi|tidak jadi""",
    "stop": """stop|berhenti|unsubscribe|unreg|stopall|berhenti berlangganan|jangan kirim pesan|
        jangan kirim sms|jangan sms saya|setop|stop sms""",
    "start": "mulai|start|unstop",
    "correct": """ubah|ubah data|ubah data saya|koreksi|koreksi data|ganti nama|ganti nik|
        ganti nomor|ganti nomor hp|ganti hp|ganti data|perbaiki data|ralat|
        mohon dikoreksi|salah data|data saya salah|nama saya salah|nik saya salah|correct|
        correct my data|correction|change my data|change my name|change my nik|edit|
        wrong data|benarkan data|data salah|edit data|ganti profesi|nama salah|nik salah|
        perbaiki|perbaiki nama|perbaiki nik|profesi salah|profesi saya salah|salah input|
        salah isi|salah ketik|salah ketik nama|salah nama|salah nik|salah tulis|ubah nama|
        ubah nik|ubah nomor|ubah nomor hp|ubah profesi|update data|nomor saya ganti|
        nomor ganti|hp saya ganti|hp hilang|hp saya hilang|hp lama hilang|kartu hilang|
        simcard hilang|ganti kartu""",
    "leave": """hapus|hapus data|hapus data saya|hapus pendaftaran|hapus pendaftaran saya|
        mohon hapus data saya|tolong hapus data saya|mohon data saya dihapus|
        saya mau hapus data|saya ingin hapus data|batalkan pendaftaran|
        batalkan pendaftaran saya|mengundurkan diri|delete|delete my data|erase|
        erase my data|please delete my data|please erase my data|withdraw|
        withdraw my registration|remove my data|batal daftar|cabut data saya|hapus akun|
        hapus akun saya|hapus nama saya|keluar dari pendaftaran|mundur""",
    "looks": """siapa|siapa yang melihat data saya|siapa melihat data saya|siapa lihat data saya|
        siapa yang lihat data saya|who|who looked|who looked at my data|who saw my data""",
    "code": """kode|kode web|kode saya|lanjut di hp|lanjutkan di hp|sambungkan hp|web code|
        continue on phone|continue on my phone|link my phone""",
    "web": """web|lanjut di web|lanjutkan di web|lanjut web|buka web|di web|website|
        continue on the web|continue on web|open the web""",
    "unlink": "putus|putuskan|putuskan web|putus web|unlink|unlink web|disconnect",
    "language:en": "english|inggris",
    "language:id": "indonesia|bahasa|indonesian|bahasa indonesia",
}
CHOICES = {
    "menu": {
        "register": "1|register",
        "status": "2|status",
        "appointment": "3|appointment",
        "language": "4|language",
        "code": "9",
    },
    "consent": {
        "agree": """1|agree|ya|y|iya|yes|ok|oke|betul|benar|setuju|saya setuju|iy|iyah|yup|yoi|yo|
            ok sip|boleh|bole|siap|sip|mau|bersedia|oke siap|betul sekali|benar semua|
            sudah benar|sdh benar|udah benar|ya sudah benar|sudah betul|sudah sesuai|
            sesuai|cocok|gas|gaskeun|nggih|inggih|enggih|injih|leres|nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|
            iyo|muhun|sumuhun|mangga|monggo|tiasa|iye|iyes|yeah|yep|sure|okay|correct|
            setuju sekali|ya setuju|ya saya setuju|iya setuju|saya bersedia|stuju|setju""",
        "disagree": """2|disagree|tidak|tdk|t|gak|ga|nggak|no|n|tidak setuju|engga|enggak|gk|g|nda|
            ndak|kagak|bukan|mboten|boten|ora|mboten purun|henteu|teu|teu acan|jangan|jgn|
            tidak mau|gak mau|ga mau|nggak mau|tdk mau|tidak bersedia|nope|nah|tdk setuju|
            gak setuju|ga setuju|nggak setuju|ndak setuju|saya tidak setuju""",
    },
    "confirm": {
        "yes": """1|yes|ya|y|iya|ok|oke|betul|benar|iy|iyah|yup|yoi|yo|ok sip|boleh|bole|siap|
            sip|mau|bersedia|oke siap|setuju|betul sekali|benar semua|sudah benar|
            sdh benar|udah benar|ya sudah benar|sudah betul|sudah sesuai|sesuai|cocok|gas|
            gaskeun|nggih|inggih|enggih|injih|leres|nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|iyo|muhun|sumuhun|
            mangga|monggo|tiasa|iye|iyes|yeah|yep|sure|okay|correct""",
        "change": """2|change|tidak|tdk|t|gak|ga|nggak|no|n|ubah|ganti|engga|enggak|gk|g|nda|ndak|
            kagak|bukan|mboten|boten|ora|mboten purun|henteu|teu|teu acan|jangan|jgn|
            tidak mau|gak mau|ga mau|nggak mau|tdk mau|tidak bersedia|nope|nah|salah|
            keliru|ada yang salah|masih salah|belum benar|blm benar|belum sesuai|perbaiki|
            koreksi|edit|rubah|ubah dulu|belum betul|tidak benar|tdk benar|tidak sesuai|gak benar|
            ga benar|gak bener|ga bener|ndak bener|salah semua|kurang tepat|kurang benar|
            bukan saya|itu bukan saya|sanes|dudu|ndak leres|mboten leres""",
    },
    "resume": {
        "continue": """1|continue|ya|y|iya|yes|ok|oke|betul|benar|lanjut|lanjutkan|iy|iyah|yup|yoi|
            yo|ok sip|boleh|bole|siap|sip|mau|bersedia|oke siap|setuju|betul sekali|
            benar semua|sudah benar|sdh benar|udah benar|ya sudah benar|sudah betul|
            sudah sesuai|sesuai|cocok|gas|gaskeun|nggih|inggih|enggih|injih|leres|
            nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|iyo|muhun|sumuhun|mangga|monggo|tiasa|iye|iyes|yeah|
            yep|
            sure|okay|correct|terus|teruskan|lanjutin|lnjut|lanjut aja|melanjutkan""",
        "start_again": """2|start again|tidak|tdk|t|gak|ga|nggak|no|n|ulang|mulai lagi|baru|engga|
            enggak|gk|g|nda|ndak|kagak|bukan|mboten|boten|ora|mboten purun|henteu|teu|
            teu acan|jangan|jgn|tidak mau|gak mau|ga mau|nggak mau|tdk mau|tidak bersedia|
            nope|nah|ulangi|mulai ulang|ulang lagi|dari awal|ulang dari awal|
            mulai dari awal|daftar ulang""",
    },
    "yes_no": {
        "yes": """1|yes|ya|y|iya|ok|oke|betul|benar|iy|iyah|yup|yoi|yo|ok sip|boleh|bole|siap|
            sip|mau|bersedia|oke siap|setuju|betul sekali|benar semua|sudah benar|
            sdh benar|udah benar|ya sudah benar|sudah betul|sudah sesuai|sesuai|cocok|gas|
            gaskeun|nggih|inggih|enggih|injih|leres|nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|iyo|muhun|sumuhun|
            mangga|monggo|tiasa|iye|iyes|yeah|yep|sure|okay|correct""",
        "no": """2|no|tidak|tdk|t|gak|ga|nggak|n|engga|enggak|gk|g|nda|ndak|kagak|bukan|mboten|
            boten|ora|mboten purun|henteu|teu|teu acan|jangan|jgn|tidak mau|gak mau|
            ga mau|nggak mau|tdk mau|tidak bersedia|nope|nah""",
    },
    "appointed": {
        "change": "1|change|ubah|ganti|pindah|reschedule",
        "cancel": "2|cancel|batalkan|hapus|batal jadwal",
    },
    "attended": {
        "yes": """1|yes|ya|y|iya|ok|oke|betul|benar|sudah|sdh|udah|iy|iyah|yup|yoi|yo|ok sip|
            boleh|bole|siap|sip|mau|bersedia|oke siap|setuju|betul sekali|benar semua|
            sudah benar|sdh benar|udah benar|ya sudah benar|sudah betul|sudah sesuai|
            sesuai|cocok|gas|gaskeun|nggih|inggih|enggih|injih|leres|nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|
            iyo|muhun|sumuhun|mangga|monggo|tiasa|iye|iyes|yeah|yep|sure|okay|correct|
            sudah divaksin|sdh divaksin|udah divaksin|sudah vaksin|sudah hadir|
            sudah datang|hadir|datang|sampun|udh|sudh|alhamdulillah sudah""",
        "no": """2|no|tidak|tdk|t|gak|ga|nggak|n|belum|blm|belom|not yet|engga|enggak|gk|g|nda|
            ndak|kagak|bukan|mboten|boten|ora|mboten purun|henteu|teu|teu acan|jangan|jgn|
            tidak mau|gak mau|ga mau|nggak mau|tdk mau|tidak bersedia|nope|nah|
            belum divaksin|blm divaksin|belum vaksin|belum hadir|tidak hadir|tidak datang|
            gak datang|ga datang|belum sempat|blm sempat|tidak sempat|gak sempat|dereng|
            durung|belon""",
    },
    "health": {
        "yes": """1|yes|ya|y|iya|ok|oke|betul|benar|iy|iyah|yup|yoi|yo|ok sip|boleh|bole|siap|
            sip|mau|bersedia|oke siap|setuju|betul sekali|benar semua|sudah benar|
            sdh benar|udah benar|ya sudah benar|sudah betul|sudah sesuai|sesuai|cocok|gas|
            gaskeun|nggih|inggih|enggih|injih|leres|nggih leres|bener|
            udah bener|dah bener|sudah bener|bener banget|bener bgt|benar sekali|
            sampun leres|nggih sampun leres|iyo|muhun|sumuhun|
            mangga|monggo|tiasa|iye|iyes|yeah|yep|sure|okay|correct|sudah|sdh|udah|
            sudah divaksin|sdh divaksin|udah divaksin|sudah vaksin|sudah hadir|
            sudah datang|hadir|datang|sampun|udh|sudh|alhamdulillah sudah|ada|punya|
            pernah|sedang|sering|mengidap|iya ada|i have|i do""",
        "no": """2|no|tidak|tdk|t|gak|ga|nggak|engga|enggak|gk|g|nda|ndak|kagak|bukan|mboten|
            boten|ora|mboten purun|henteu|teu|teu acan|jangan|jgn|tidak mau|gak mau|
            ga mau|nggak mau|tdk mau|tidak bersedia|n|nope|nah|belum|blm|belom|
            belum divaksin|blm divaksin|belum vaksin|belum hadir|tidak hadir|tidak datang|
            gak datang|ga datang|belum sempat|blm sempat|tidak sempat|gak sempat|dereng|
            durung|belon|not yet|tidak ada|tdk ada|gak ada|ga ada|nggak ada|ndak ada|
            tidak pernah|belum pernah|gak pernah|ga pernah|nggak pernah|tdk pernah|
            tidak punya|gak punya|tidak sedang|tidak hamil|gak hamil|sehat|sehat semua|
            aman|negatif|mboten wonten|ora ono|teu aya|alhamdulillah sehat|
            tidak sama sekali|tidak satupun|none|nothing|never|none of these|none of them|
            not at all|i do not|healthy|tidak ada semua|tidak satu pun|nihil|saya sehat""",
    },
}
NOT_NAMES = """
    assalamualaikum|baik|dengan hormat|gak|hai|hallo|halo|hello|hi|iya|maaf|makasih|nama|
    nama saya|no|ok|oke|p|selamat malam|selamat pagi|selamat siang|selamat sore|siap|sip|
    tdk|terima kasih|terima kasih banyak|terimakasih|tes|test|thank you|thanks|tidak|
    trims|ya|yes|apa|bagaimana|belum|bentar|boleh|ga tau|gak tau|gimana|hei|inggih|kenapa|
    lupa|malam|mau|mboten|menu utama|nama lengkap|namanya|nanti|nggak tau|nggih|pagi|
    permisi|punten|sebentar|selamat|siang|sore|sudah|tidak tahu|tunggu|woi|kak|kakak|saya|aku|
    lanjut|lanjutkan|salah|maaf salah|ganti|udah|sama|bapak|ibu|bntr|ntar|sesuai ktp|sesuai|
    seperti ktp"""


def parted(words):
    return [word.strip() for word in words.split("|")]


def spread(table):
    return {word: meaning for meaning, words in table.items() for word in parted(words)}


def test_the_commands_are_those_that_people_know():
    commands = spread(COMMANDS)
    assert {word: KEYWORDS.command(word) for word in command_words(TYPED)} == commands


@pytest.mark.parametrize("name", CHOICES)
def test_the_answers_are_those_that_people_know(name):
    assert getattr(KEYWORDS, name) == spread(CHOICES[name])


def test_the_courtesies_that_are_no_name_are_those_that_people_write():
    answers = {*KEYWORDS.consent, *KEYWORDS.professions}
    long = {word for word in answers if len(word) >= NO_NAME_LETTERS_MIN}
    assert set(KEYWORDS.not_names) == set(parted(NOT_NAMES)) | long


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ya kak", "ya"),
        ("Iya, Bu!", "iya"),
        ("1 ya", "1"),
        ("oke min", "oke"),
        ("kak, 2", "2"),
        ("pak mas 3 ya kak", "3"),
        ("status kak", "status"),
        ("bu bidan", "bidan"),
        ("perawat ya kak", "perawat"),
        ("sudah dok", "sudah"),
        ("belum sus", "belum"),
        ("tidak ya", "tidak"),
        ("ya ya", "ya"),
        ("min ya", "ya"),
        ("bahasa indonesia ya", "bahasa indonesia"),
    ],
)
def test_courtesies_around_an_answer_are_passed_over(text, answer):
    assert KEYWORDS.without_courtesies(text) == answer


@pytest.mark.parametrize(
    "text",
    ["ya", "YA!", "kak", "bu", "ya tidak", "ya 1", "", "Siti ya", "tidak bisa daftar kak",
     "3204115706960001 kak", "123 kak", "kak kak", "ya kak " + "bu " * ANSWER_LENGTH_MAX],
)  # fmt: skip
def test_anything_else_is_left_as_it_is_written(text):
    assert KEYWORDS.without_courtesies(text) == text


def test_a_short_answer_is_short():
    answer = "ya".rjust(ANSWER_LENGTH_MAX - 4) + " kak"
    assert KEYWORDS.without_courtesies(answer) == "ya"
    assert KEYWORDS.without_courtesies(f" {answer}") == f" {answer}"


def test_courtesies_are_heard_nowhere_in_a_name():
    person = Person()
    play(person, "daftar", "1 ya", "3204115706960001")
    assert person.say("Mas Gan") == ["ask_profession"]
    assert person.say("2 kak") == ["confirm"]
    assert person.reply.prompts[0].args["full_name"] == "Mas Gan"
    assert person.say("benar bu") == ["registered"]
    assert person.say("status min")[0] == "status_none"


@pytest.mark.parametrize("name", ["Menu Agung", "Daftar Siregar", "Stop Mas Bu Ayu"])
def test_a_name_that_begins_like_a_command_is_a_name(name):
    person = Person()
    play(person, "daftar", "1", "3204115706960001", name)
    assert person.session.answers["full_name"] == name


@pytest.mark.parametrize(
    ("text", "said"),
    [("Menu Min", "menu"), ("STOP KAK", "opted_out"), ("Ya Kak", "name_courtesy ask_full_name")],
)
def test_a_command_with_nothing_but_courtesies_is_no_name(text, said):
    person = Person()
    play(person, "daftar", "1", "3204115706960001")
    assert person.say(text) == said.split()
    assert "full_name" not in person.session.answers


def test_courtesies_are_passed_over_in_one_line_and_in_letters():
    person = Person()
    assert person.say("DAFTAR 3204115706960001#SITI AMINAH#bu bidan") == ["confirm_consent"]
    assert person.say("ya kak") == ["registered"]
    assert "status_none" in Person().say("status kak", Channel.EMAIL, confirms=True)


@pytest.mark.parametrize(
    ("line", "is_code"),
    [("123456", True), ("Kode saya: 123456.", True), ("KODE=123456", True),
     ("(otp) 123 456", False), ("kode123456", False), ("kode lain 123456", False),
     ("kode 1 123456", False), ("1234567", False)],
)  # fmt: skip
def test_a_line_that_is_a_code_and_nothing_else(line, is_code):
    assert KEYWORDS.is_code(line) is is_code


@pytest.mark.parametrize(
    "text", ["mau tanya dulu ya", "boleh tanya dulu", "apakah ini benar ya", "ok, berapa ya kak"]
)
def test_whoever_asks_agrees_to_nothing(text):
    assert KEYWORDS.offer_answer(KEYWORDS.without_courtesies(text)) is None


@pytest.mark.parametrize("text", ["iya saya mau", "ya kak", "mau dong", "ya boleh"])
def test_a_wish_around_a_yes_is_a_yes(text):
    assert KEYWORDS.offer_answer(KEYWORDS.without_courtesies(text)) is True
