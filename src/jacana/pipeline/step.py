"""The port through which a workflow runs its steps."""

from collections.abc import Callable
from typing import Any, Protocol


class Step(Protocol):
    """Runs one named step of a workflow; a step that finished before a crash is not run again."""

    def __call__(self, name: str, /, body: Callable[..., Any], *arguments: Any) -> Any:
        """Return what `body(*arguments)` returned, now or before the crash."""
