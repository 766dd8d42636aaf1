"""Where people connect from: homes, carriers, VPN exits, campuses, hotels. Documentation and private ranges only.

10.0.0.0/8 stands for homes with IPv4, 2001:db8::/32 for homes with IPv6, 100.64.0.0/10 for what carriers put many
customers behind, 192.0.2.0/24 for VPN exits, 198.51.100.0/24 for campuses and offices, 203.0.113.0/24 for hotels.
"""

import ipaddress
from dataclasses import dataclass, field
from random import Random

from jacana.simulate.population.kinds import ACCOUNTS_PER_CARRIER_ADDRESS, HOMES_ON_IPV6

ASN_FIRST = 64_512
"""The private-use range of autonomous systems begins here."""
_HOME_PROVIDERS = 12
_CARRIERS = 6
_RENUMBERED_PER_SESSION = 0.02


@dataclass(slots=True)
class Device:
    """A telephone, tablet or computer. `attested`: the maker of the platform vouches for its id."""

    id: str
    attested: bool


@dataclass(slots=True)
class Place:
    """A network somebody connects from. `kind`: home, home6, carrier, vpn, campus, hotel."""

    kind: str
    asn: int
    addresses: list[str]
    hosts: dict[str, str] = field(default_factory=dict)
    """With IPv6: the address of each device in the home's /64."""


class AddressPlan:
    """Hands out places. Every choice comes from the one generator of the simulation."""

    def __init__(self, rng: Random, accounts: int) -> None:
        self._rng = rng
        self._homes = 0
        self._campuses = 0
        self._carriers = [
            Place("carrier", ASN_FIRST + 100 + number, self._pool("100.64.0.0", number, accounts))
            for number in range(_CARRIERS)
        ]
        exits = [f"192.0.2.{host}" for host in range(1, 1 + max(4, min(200, accounts // 400)))]
        self._vpns = [Place("vpn", ASN_FIRST + 200, exits[0::2]), Place("vpn", ASN_FIRST + 201, exits[1::2])]
        self._hotels = [
            Place("hotel", ASN_FIRST + 300 + host % 20, [f"203.0.113.{host}"])
            for host in range(1, 1 + max(6, min(250, accounts // 80)))
        ]

    def home(self) -> Place:
        """Return a household of its own."""
        number = self._homes = self._homes + 1
        asn = ASN_FIRST + self._rng.randrange(_HOME_PROVIDERS)
        if self._rng.random() < HOMES_ON_IPV6:
            return Place("home6", asn, [f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}"])
        return Place("home", asn, [self._new_home_address()])

    def carrier(self) -> Place:
        """Return a mobile carrier: many customers behind each address."""
        return self._rng.choice(self._carriers)

    def vpn(self) -> Place:
        """Return a VPN service."""
        return self._rng.choice(self._vpns)

    def campus(self) -> Place:
        """Return a school's or an office's one address."""
        number = self._campuses = self._campuses + 1
        host = ipaddress.ip_address("198.51.100.1" if number <= 250 else "10.255.0.0") + (number - 1) % 65_000
        return Place("campus", ASN_FIRST + 400 + number % 200, [str(host)])

    def hotel(self) -> Place:
        """Return a hotel's or a café's address."""
        return self._rng.choice(self._hotels)

    def locate(self, place: Place, device: Device) -> str:
        """Return the address a device has there now."""
        rng = self._rng
        if place.kind == "home6":
            host = place.hosts.get(device.id)
            if host is None or rng.random() < _RENUMBERED_PER_SESSION * 5:  # privacy extensions change the host part
                host = place.hosts[device.id] = ":".join(f"{rng.randint(1, 0xFFFF):x}" for _ in range(4))
            return f"{place.addresses[0]}:{host}"
        if place.kind == "home" and rng.random() < _RENUMBERED_PER_SESSION:
            place.addresses[0] = self._new_home_address()
        return place.addresses[0] if len(place.addresses) == 1 else rng.choice(place.addresses)

    def _new_home_address(self) -> str:
        value = self._rng.randrange(1 << 16, 254 << 16)
        return f"10.{value >> 16}.{value >> 8 & 255}.{value & 255}"

    def _pool(self, first: str, number: int, accounts: int) -> list[str]:
        size = max(3, accounts // (ACCOUNTS_PER_CARRIER_ADDRESS * _CARRIERS))
        start = ipaddress.ip_address(first) + number * 60_000
        return [str(start + host) for host in range(1, 1 + min(size, 59_000))]
