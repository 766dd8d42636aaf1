"""What hands a log-in over and what only sounds like it, in nine languages, plain and disguised."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.text.handover.patterns import HandoverPattern, find_handovers, find_handovers_each

PAIR, PHRASE, COMBINED, PASSWORD, BARE = HandoverPattern

HANDED_OVER = [
    ("user: moonfan22 pass: sunny123", PAIR, "moonfan22", "sunny123"),
    ("User - moonfan22\nPass - sunnyday", PAIR, "moonfan22", "sunnyday"),
    ("username moonfan22 password sunny123", PAIR, "moonfan22", "sunny123"),
    ("my login is moonfan22 and the password is Sunny!12", PAIR, "moonfan22", "Sunny!12"),
    ("u/p: moonfan22 / sunny123", PAIR, "moonfan22", "sunny123"),
    ("user/pass moonfan22/sunny123", PAIR, "moonfan22", "sunny123"),
    ("u: moon p: sunny", PAIR, "moon", "sunny"),
    ("acc: moonfan22 pw: 4471", PAIR, "moonfan22", "4471"),
    ("pass: sunny123 user: moonfan", PAIR, "moonfan", "sunny123"),
    ("email: a.b@mail.example password: sunnyday", PAIR, "a.b@mail.example", "sunnyday"),
    ("log in as moonfan22, pw Sunny!12", PAIR, "moonfan22", "Sunny!12"),
    ("usuario: luna22 contraseña: Sol12345", PAIR, "luna22", "Sol12345"),
    ("utilisateur : lune22, mot de passe : soleil99", PAIR, "lune22", "soleil99"),
    ("identifiant lune22 / mdp soleil99", PAIR, "lune22", "soleil99"),
    ("Benutzer: mond22 Passwort: Sonne99!", PAIR, "mond22", "Sonne99!"),
    ("usuário: lua22 senha: sol12345", PAIR, "lua22", "sol12345"),
    ("utente: luna22 parola: sole1234", PAIR, "luna22", "sole1234"),
    ("логин: luna22 пароль: solnce99", PAIR, "luna22", "solnce99"),
    ("kullanıcı adı: ay22 şifre: gunes99", PAIR, "ay22", "gunes99"),
    ("login: ksiezyc hasło: slonce99", PAIR, "ksiezyc", "slonce99"),
    ("log in with moonfan22 / Sunny!12", PHRASE, "moonfan22", "Sunny!12"),
    ("log in with moonfan22 and sunny123", PHRASE, "moonfan22", "sunny123"),
    ("logg dich ein mit mond22 und Sonne99!", PHRASE, "mond22", "Sonne99!"),
    ("inicia sesión con luna22 / Sol12345", PHRASE, "luna22", "Sol12345"),
    ("connecte-toi avec lune22 / soleil99", PHRASE, "lune22", "soleil99"),
    ("moon@mail.example:Sunny99", COMBINED, "moon@mail.example", "Sunny99"),
    ("new ones: moon@mail.example | sunny_99", COMBINED, "moon@mail.example", "sunny_99"),
    ("pw: Sunny123", PASSWORD, None, "Sunny123"),
    ("the password is Sunny123 for @moonfan22", PASSWORD, "moonfan22", "Sunny123"),
    ("contraseña es Sol12345", PASSWORD, None, "Sol12345"),
    ("mot de passe : soleil99", PASSWORD, None, "soleil99"),
    ("new acc moonfan22 | Sunny!12x", BARE, "moonfan22", "Sunny!12x"),
    ("p@ssw0rd: Sunny!12 us3r: moonfan", PAIR, "moonfan", "Sunny!12"),
    ("ｕｓｅｒ： moon22 ｐａｓｓ： sunny123", PAIR, "moon22", "sunny123"),
    ("u s e r : moonfan p a s s : sunny123", PAIR, "moonfan", "sunny123"),
    ("u.s.e.r: moonfan p.a.s.s: sunny123", PAIR, "moonfan", "sunny123"),
    ("us\u200ber: moonfan pa\u200bss: sunny123", PAIR, "moonfan", "sunny123"),
]

INNOCENT = [
    "password reset",
    "my login stopped working",
    "I forgot my password, again",
    "never share your password with anyone",
    "a password manager is worth it",
    "Password: at least 8 characters, one number",
    "password: required",
    "username taken, password weak",
    "account password is required",
    "the user passed: yes",
    "user: anna",
    "boarding pass: 25A gate B12",
    "day pass: 25€ at the door",
    "season pass - 2026",
    "hall pass 2023",
    "mountain pass - 2500m",
    "pass it on: 10k likes",
    "passing by: 2024 was fun",
    "compass: north",
    "new account @anna_b | backup @anna2",
    "Follow my account! part 2 | 12:30",
    "my mail: anna@example.org",
    "write to anna@example.org: we answer",
    "https://example.com/p:1 u: see",
    "anna@example.org:https://example.org/page1",
    "log in with google or facebook",
    "login with your email",
    "log in with the new app | out now",
    "sign in with Apple is broken",
    "contraseña olvidada",
    "mot de passe oublié",
    "Passwort vergessen? hier klicken",
    "senha obrigatória",
    "пароль неверный",
    "şifremi unuttum",
    "hasło zapomniane",
    "user ratings: 4.5, pass rate: 92%",
    "login: 9am, pass: 10am",
    "user: •••• pass: ••••••••",
    "user: xxxx pass: ********",
    "pass: #summer2024",
    "u: see p: you",
    "clave de sol",
    "la parola del giorno",
    "",
    " ",
]


@pytest.mark.parametrize(
    ("text", "pattern", "handle", "secret"), HANDED_OVER, ids=[f"over{n}" for n in range(len(HANDED_OVER))]
)
def test_a_hand_over_is_found_with_its_place(text: str, pattern: HandoverPattern, handle: str, secret: str) -> None:
    (found,) = find_handovers(text)
    assert (found.pattern, found.handle) == (pattern, handle)
    assert secret in text[found.secret_start : found.secret_end]
    assert found.secret_end - found.secret_start <= len(secret) + 2
    assert found.start <= found.secret_start < found.secret_end <= found.end <= len(text)


@pytest.mark.parametrize("text", INNOCENT, ids=[f"innocent{n}" for n in range(len(INNOCENT))])
def test_what_only_sounds_like_it_is_left_alone(text: str) -> None:
    assert find_handovers(text) == []


def test_several_are_found_in_order() -> None:
    text = "user: moonfan22 pass: sunny123\nuser: starfan pass: rainy456\nmoon@mail.example:Sunny99"
    found = find_handovers(text)
    assert [text[one.secret_start : one.secret_end] for one in found] == ["sunny123", "rainy456", "Sunny99"]
    assert [one.handle for one in found] == ["moonfan22", "starfan", "moon@mail.example"]


def test_labels_far_apart_are_no_pair() -> None:
    (found,) = find_handovers("user: moonfan22 " + "and so on " * 40 + "pass: sunny123")
    assert found.pattern is PASSWORD


def test_offsets_count_code_points_behind_what_folds_to_several() -> None:
    text = "ﬃ😀 ẞ … user: moonfan22 pass: sunny123 ﬃ"
    (found,) = find_handovers(text)
    assert text[found.secret_start : found.secret_end] == "sunny123"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    for found in find_handovers("user: " + text + " pass: " + text):
        assert 0 <= found.secret_start < found.secret_end <= len(text) * 2 + 13


@settings(deadline=None)
@given(st.sampled_from(HANDED_OVER[:20]), st.text(st.sampled_from("abc éж\n.,"), max_size=30))
def test_words_before_it_hide_nothing(case: tuple[str, HandoverPattern, str, str], before: str) -> None:
    text = f"{before}\n{case[0]}"
    assert any(case[3] in text[one.secret_start : one.secret_end] for one in find_handovers(text))


def test_a_batch_finds_what_each_text_alone_does() -> None:
    texts = [case[0] for case in HANDED_OVER] + INNOCENT + ["ß\n" + HANDED_OVER[0][0], "\n", "\u200b"]
    assert find_handovers_each(texts) == [find_handovers(text) for text in texts]
    assert find_handovers_each([]) == []


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_no_batch_breaks_it(texts: list[str]) -> None:
    texts = [text + " user: moonfan22 pass: sunny123" for text in texts]
    assert find_handovers_each(texts) == [find_handovers(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "user: " * 3300,
        "pass " * 4000,
        "a@b." * 5000,
        "user:a pass:b1cde " * 1100,
        "log in with " * 1600,
        "p a s s" * 2800,
        "pw " * 6700,
        "pass: 1234 " * 1900,
        "pass:ab1!x " * 1900,
        "pass: a@" + "-." * 50 + " " * 200,
        f"user{' ' * 19_000}x pass: abc",
        f"user{' ' * 300}x pass " * 70,
    ],
    ids=[
        "users", "passes", "addresses", "pairs", "phrases", "spaced", "short", "numbers", "secrets", "handles", "gap",
        "gaps",
    ],
)  # fmt: skip
def test_the_longest_text_takes_no_long_time(text: str) -> None:
    """Most take 20 ms; a quadratic one takes 100 ms to seconds."""
    took = []
    for _ in range(3):
        began = time.process_time()
        find_handovers(text[:20_000])
        took.append(time.process_time() - began)
    assert min(took) < 0.1


@pytest.mark.parametrize("label", ["pass ", "account ", "user: a pass: "])
def test_a_password_behind_very_many_labels_is_found(label: str) -> None:
    text = label * 1000 + "pass: Sunny123!x"
    assert text[find_handovers(text)[-1].secret_start :] == "Sunny123!x"
