"""How often one client address may try to log in. In memory, for this server only; forgets everything at a restart.

Never writes an address anywhere: it is personal data of whoever tries.
"""

import ipaddress
import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from jacana.model.clock import Clock

ATTEMPTS = 10
WINDOW_SECONDS = 60
MAX_ADDRESSES = 10_000
"""So many windows are kept at most; beyond that the oldest goes."""


@dataclass(slots=True)
class Window:
    """What one address did since `began`."""

    began: datetime
    attempts: int = 0
    told: bool = False
    """Whether an unknown name was reported in this window."""
    untold: int = 0
    """Attempts at unknown names that no report has counted yet."""


class LoginAttempts:
    """Fixed windows of WINDOW_SECONDS per address. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, Window] = {}
        self._guard = threading.Lock()

    def admit(self, address: str) -> int:
        """Count an attempt; return 0 if it may go on, else for how many seconds the address must wait."""
        with self._guard:
            window = self._open(address)
            if window.attempts >= ATTEMPTS:
                passed = (self._clock() - window.began).total_seconds()
                return max(1, math.ceil(WINDOW_SECONDS - passed))
            window.attempts += 1
            return 0

    def count_unknown(self, address: str) -> int:
        """Count a try at an unknown name. Return how many to report now, earlier unreported ones of the address
        included; 0 if this window has its report.
        """
        with self._guard:
            window = self._open(address)
            window.untold += 1
            if window.told:
                return 0
            window.told, count, window.untold = True, window.untold, 0
            return count

    def _open(self, address: str) -> Window:
        now = self._clock()
        key = group_address(address)
        window = self._windows.get(key)
        if window is not None and now < window.began + timedelta(seconds=WINDOW_SECONDS):
            return window
        untold = self._windows.pop(key).untold if window is not None else 0
        if len(self._windows) >= MAX_ADDRESSES:
            del self._windows[next(iter(self._windows))]
        window = self._windows[key] = Window(now, untold=untold)
        return window


def group_address(address: str) -> str:
    """Return what is counted as one client: an IPv4 address, the /64 of an IPv6 address, or the text as it is."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((int(known), 64), strict=False))
