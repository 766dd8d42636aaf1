"""The peers that are compared with, where they are installed."""

import importlib
from types import ModuleType

HOW = {
    "pdqhash": "pip install pdqhash (extra bench)",
    "threatexchange": "pip install threatexchange (extra bench)",
    "faiss": "pip install faiss-cpu (extra bench)",
    "vpdq": "it has no wheel: see benchmarks/README.md",
}


def find_peer(name: str) -> ModuleType | None:
    """Return a peer's module, None if it cannot be had here."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def explain_absence(name: str) -> str:
    """Return what a row says in the place of a peer."""
    return f"{name} could not be had: {HOW[name]}"
