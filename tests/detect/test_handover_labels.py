"""The words of log-in details: nine languages, none of them a value, none twice."""

from jacana.detect.text.folding.fold import fold_text
from jacana.detect.text.handover import labels


def test_longer_words_come_first_so_that_none_hides_another() -> None:
    words = labels.split_words("pass|password\npw")
    assert words == ["password", "pass", "pw"]


def test_no_word_is_both_a_user_name_and_a_password() -> None:
    assert not set(labels.split_words(labels.USER_LABELS)) & set(labels.split_words(labels.PASSWORD_LABELS))


def test_every_language_has_a_word_for_password() -> None:
    words = set(labels.split_words(labels.PASSWORD_LABELS))
    assert {
        "password",
        "contrasena",
        "mot de passe",
        "passwort",
        "senha",
        "parola",
        "пароль",
        "sifre",
        "haslo",
    } <= words


def test_words_are_written_as_they_are_compared() -> None:
    latin = [word for word in labels.split_words(labels.PASSWORD_LABELS + "\n" + labels.USER_LABELS) if word.isascii()]
    assert latin == [fold_text(word) for word in latin]
    assert all(word == word.casefold() for word in labels.NO_VALUES | labels.PASSES_OF_OTHER_KINDS)
