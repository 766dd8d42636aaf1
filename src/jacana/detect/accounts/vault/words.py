"""Says in sentences what a vault score rests on: counts only, nothing that names a device or a text. Pure."""

from jacana.detect.accounts.vault.features import VaultFeatures

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def explain_vault(features: VaultFeatures) -> tuple[str, ...]:
    """Return the reasons, weightiest first."""
    said = [_say_core(features)]
    said += [sentence for holds, sentence in _list_strengthening(features) if holds]
    said += [sentence for holds, sentence in _list_excuses(features) if holds]
    if features.capped:
        said.append("More was seen than is kept: the counts are at least so high.")
    return tuple(said)


def _say_core(features: VaultFeatures) -> str:
    groups = _plural(features.clusters, "group of devices", "groups of devices")
    alone = " that share no network" if features.clusters != 1 else ""
    items = f"{features.watched_items} {'item' if features.watched_items == 1 else 'items'}"
    public = f"{features.public_uploads} public {'upload' if features.public_uploads == 1 else 'uploads'}"
    return (
        f"{groups[0].upper()}{groups[1:]}{alone} watched {items} that only the owner may see; the account has {public}."
    )


def _list_strengthening(features: VaultFeatures) -> list[tuple[bool, str]]:
    share = round(100 * features.one_time_share)
    changes = _plural(features.kept_changes, "change", "changes")
    hits = _plural(features.teaser_hits, "public text", "public texts")
    texts = _plural(features.handovers, "text", "texts")
    return [
        (features.teaser_hits > 0, f"{_upper(hits)} of the account held a term of the lexicon."),
        (features.handovers > 0, f"{_upper(texts)} of the account passed log-in details on."),
        (features.linked > 0, "It is tied to an account that a person has confirmed."),
        (share >= 50, f"{share} % of the devices that watched came at most twice."),
        (
            features.arrival_ratio >= 2,
            f"New devices come {features.arrival_ratio:.1f} times as often as is usual for it.",
        ),
        (
            features.kept_changes > 0,
            f"After {changes} of password or recovery many devices came back: the new secret was passed on.",
        ),
    ]


def _list_excuses(features: VaultFeatures) -> list[tuple[bool, str]]:
    return [
        (features.organisation, "The network has verified it as an organisation: staff may share it."),
        (features.staff_share >= 0.5, "Most groups have an attested device that has been known for two months."),
        (features.uploading_share >= 0.5, "Most groups upload as well as watch."),
        (
            features.takeover,
            "It looks taken over: a new device came and a change of credentials shut somebody out.",
        ),
    ]


def _plural(count: int, one: str, many: str) -> str:
    number = _SMALL[count] if count < len(_SMALL) else str(count)
    return f"{number} {one if count == 1 else many}"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
