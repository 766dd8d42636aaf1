"""Compiles the few loops that arrays alone cannot make fast. Types stay ours: the compiler ships none.

Compiled code is cached beside the source, or in the user's cache folder where that may not be written.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function of arrays and numbers to machine code that runs without the interpreter's lock."""
    options: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither folder can be written, as under a locked-down service: compiled at every start then
        return cast(Function, numba.njit(**options)(function))


@intrinsic
def _count_bits(_typing: Any, _word: Any) -> Any:
    """Return the number of set bits of a 64-bit word: one machine instruction. Only inside a kernel."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return signature(types.uint64, types.uint64), generate  # type: ignore[no-untyped-call]


count_bits = cast(Callable[[Any], int], _count_bits)


def _fetch_ahead(_typing: Any, array: Any, _row: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        struct = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        stride = builder.extract_value(struct.strides, 0)
        place = builder.gep(builder.bitcast(struct.data, byte), [builder.mul(arguments[1], stride)])
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        builder.call(function, [place, number(0), number(3), number(1)])  # to read, into all caches, as data
        return context.get_dummy_value()

    return signature(types.none, array, types.int64), generate  # type: ignore[no-untyped-call]


fetch_ahead: Callable[[Any, Any], None] = intrinsic(_fetch_ahead)  # type: ignore[assignment]
"""Ask for the memory of a row of an array, to be read soon, without waiting for it. Only inside a kernel.

The row may lie outside the array: nothing is read, and nothing fails.
"""
