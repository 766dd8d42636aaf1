import pytest

from jacana.report.values import is_absolute_url, is_email, is_ip_address, parse_timestamp


@pytest.mark.parametrize("good", ["https://a.example/x?y=1#z", "http://192.0.2.1:80/", "ftp://files.example/a"])
def test_absolute_urls(good: str) -> None:
    assert is_absolute_url(good)


@pytest.mark.parametrize(
    "bad", ["", "a.example/x", "//a.example", "https://", "https://a b.example", "http://[::1", "x:y"]
)
def test_what_is_no_absolute_url(bad: str) -> None:
    assert not is_absolute_url(bad)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a@b.example", True),
        ("a" * 64 + "@b.example", True),
        ("a" * 65 + "@b.example", False),
        ("a@b", False),
        ("a b@c.example", False),
        ("a@b..example", False),
        ("a@" + "b" * 250 + ".example", False),
    ],
)
def test_emails(text: str, good: bool) -> None:
    assert is_email(text) is good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("::ffff:192.0.2.1", True),
        ("192.0.2.256", False),
        ("fe80::1%eth0", False),
    ],
)
def test_ip_addresses(text: str, good: bool) -> None:
    assert is_ip_address(text) is good


def test_a_timestamp_needs_a_zone() -> None:
    assert parse_timestamp("2026-01-01T00:00:00") is None
    assert parse_timestamp("yesterday") is None
    assert parse_timestamp("2026-01-01T01:00:00+01:00") == parse_timestamp("2026-01-01T00:00:00Z")
