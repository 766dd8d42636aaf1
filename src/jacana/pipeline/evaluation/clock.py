"""The clock of a replay: stands at the moment of the event that was read last, and never goes back."""

from datetime import datetime, timedelta


class ReplayClock:
    """A Clock that is moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the replayed moment."""
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Go forward to a moment; an earlier one changes nothing."""
        self.now = max(self.now, moment)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
