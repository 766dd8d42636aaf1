from jacana.report.limits import limit_of
from jacana.report.schema import schema_bytes


def test_a_limit_can_differ_by_parent() -> None:
    assert limit_of("address", "city") == 100
    assert limit_of("estimatedLocation", "city") == 255
    assert limit_of("nameValuePair", "name") == 64
    assert limit_of("personOrUserReported", "profileBio") is None


def test_every_limited_element_exists_in_the_schema() -> None:
    from jacana.report.limits import LENGTHS, LENGTHS_IN

    schema = schema_bytes("2026").decode()
    for name in {*LENGTHS, *(name for _, name in LENGTHS_IN)}:
        assert f'name="{name}"' in schema
