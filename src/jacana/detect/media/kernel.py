"""Compiles the few loops that arrays alone cannot make fast. Types stay ours: the compiler ships none.

Compiled code is cached beside the source, or in the user's cache folder where that may not be written.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function of arrays and numbers to machine code that runs without the interpreter's lock."""
    return cast(Function, numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")(function))


@intrinsic
def _count_bits(_typing: Any, _word: Any) -> Any:
    """Return the number of set bits of a 64-bit word: one machine instruction. Only inside a kernel."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return signature(types.uint64, types.uint64), generate  # type: ignore[no-untyped-call]


count_bits = cast(Callable[[Any], int], _count_bits)
