from dataclasses import replace

from hypothesis import given, settings
from session_events import features_of

from jacana.detect.accounts.vault.features import VaultFeatures
from jacana.detect.accounts.vault.words import explain_vault

PLAIN = VaultFeatures(clusters=7, watched_items=12, public_uploads=1)


def test_the_first_sentence_says_who_watched_what():
    assert explain_vault(PLAIN) == (
        "Seven groups of devices that share no network watched 12 items that only the owner may see; "
        "the account has 1 public upload.",
    )
    many = replace(PLAIN, clusters=31, watched_items=1, public_uploads=0)
    assert explain_vault(many)[0] == (
        "31 groups of devices that share no network watched 1 item that only the owner may see; "
        "the account has 0 public uploads."
    )


def test_each_ground_is_said():
    told = " ".join(
        explain_vault(
            replace(
                PLAIN, teaser_hits=1, handovers=2, linked=1, one_time_share=0.75, arrival_ratio=3.25, kept_changes=2
            )
        )
    )
    for part in (
        "One public text of the account held a term of the lexicon.",
        "Two texts of the account passed log-in details on.",
        "tied to an account that a person has confirmed",
        "75 % of the devices that watched came at most twice.",
        "3.2 times as often",
        "After two changes of password or recovery",
    ):
        assert part in told


def test_each_excuse_is_said_too():
    told = " ".join(
        explain_vault(
            replace(PLAIN, organisation=True, staff_share=0.8, uploading_share=0.9, takeover=True, capped=True)
        )
    )
    for part in ("organisation", "attested device", "upload as well as watch", "taken over", "at least so high"):
        assert part in told


@settings(max_examples=60, deadline=None)
@given(features_of)
def test_any_features_can_be_said_in_sentences(features):
    for sentence in explain_vault(features):
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
