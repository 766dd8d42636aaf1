"""Verdicts: stored names stay; classifications are the four of the CyberTipline."""

from jacana.model.verdict import Classification, Verdict


def test_stored_names_never_change():
    assert [verdict.value for verdict in Verdict] == ["confirmed", "violating", "cleared"]


def test_classifications_are_age_and_content():
    assert [value.value for value in Classification] == ["A1", "A2", "B1", "B2"]
    assert all(value.name == value.value for value in Classification)
