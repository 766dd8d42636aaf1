"""A stand-in network: receives Jacana's instructions, carries each out once, and shows what it was told.

It knows uploads only from instructions: one that was never released is not visible.
"""

from jacana.simulate.network.app import create_network_app

__all__ = ["create_network_app"]
