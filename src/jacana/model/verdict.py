"""A verdict: what a person says of one file. It holds for every copy of the identical bytes."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a person can say."""

    CONFIRMED = "confirmed"
    """Apparent child sexual abuse material."""
    VIOLATING = "violating"
    """Breaks the network's rules but is not reportable; remove, do not report."""
    CLEARED = "cleared"
    """Innocent; release and undo what the machine did."""


class AccountVerdict(StrEnum):
    """What a person says of an account, where there is no file to speak of."""

    TRADING = "trading"
    """Advertises, hands over or trades access: a violation of its own."""
    SHARED = "shared"
    """Used by several people, and nothing more: a family, an agency. No strike."""
    VICTIM = "victim"
    """Taken over by somebody else: to be secured and given back, not punished."""
    CLEARED = "cleared"
    """Nothing of it is true."""


class Classification(StrEnum):
    """Industry classification set by a person: letter = apparent age, digit = content (reference section 3)."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
