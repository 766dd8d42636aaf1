import ipaddress
from random import Random

from jacana.simulate.population.networks import AddressPlan, Device

ALLOWED = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def is_allowed(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return any(address in network for network in ALLOWED if network.version == address.version)


def test_every_address_is_of_a_documentation_or_private_range():
    plan = AddressPlan(Random(1), 50_000)
    device = Device("d", True)
    places = [make() for make in (plan.home, plan.carrier, plan.vpn, plan.campus, plan.hotel) for _ in range(400)]
    assert all(is_allowed(plan.locate(place, device)) for place in places for _ in range(3))


def test_a_home_is_its_own_network_and_a_carrier_is_everybodys():
    plan = AddressPlan(Random(2), 6_000)
    device = Device("d", True)
    homes = {plan.locate(plan.home(), device) for _ in range(300)}
    carriers = {plan.locate(plan.carrier(), device) for _ in range(3000)}
    assert len(homes) >= 299
    assert len(carriers) <= 6_000 / 60 + 6


def test_devices_of_an_ipv6_home_share_its_prefix():
    plan = AddressPlan(Random(3), 100)
    home = next(home for home in (plan.home() for _ in range(100)) if home.kind == "home6")
    addresses = {plan.locate(home, Device(f"d{number}", True)) for number in range(5)}
    assert len(addresses) == 5
    assert len({ipaddress.ip_network((address, 64), strict=False) for address in addresses}) == 1


def test_a_campus_has_one_address():
    plan = AddressPlan(Random(4), 100)
    campus = plan.campus()
    assert len({plan.locate(campus, Device(f"d{number}", True)) for number in range(9)}) == 1
    assert plan.campus().addresses != campus.addresses
