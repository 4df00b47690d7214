"""Types of the compiled part; its documented face is `alaris.pricing` and `alaris.volatility`."""

from numpy import bool_, float64, uint8
from numpy.typing import ArrayLike, NDArray

_Floats = NDArray[float64]

def instruction_set() -> str: ...
def price(
    is_call: ArrayLike | NDArray[bool_],
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    style: str,
    precision: str,
    threads: int,
    /,
) -> _Floats: ...
def greeks(
    is_call: ArrayLike | NDArray[bool_],
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    style: str,
    precision: str,
    threads: int,
    slopes: bool,
    /,
) -> tuple[_Floats, ...]: ...
def implied_volatility(
    is_call: ArrayLike | NDArray[bool_],
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    style: str,
    precision: str,
    threads: int,
    /,
) -> tuple[_Floats, NDArray[uint8]]: ...
def exercise_boundary(
    is_call: ArrayLike | NDArray[bool_],
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    times: ArrayLike,
    precision: str,
    /,
) -> tuple[_Floats, _Floats]: ...
def scenario_values(
    is_call: ArrayLike | NDArray[bool_],
    spot: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    spot_moves: ArrayLike,
    volatility_moves: ArrayLike,
    days: ArrayLike,
    style: str,
    precision: str,
    threads: int,
    /,
) -> _Floats: ...
def yang_zhang(
    open_: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int, min_periods: int, sessions: int, /
) -> _Floats: ...
def rogers_satchell(
    open_: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int, min_periods: int, sessions: int, /
) -> _Floats: ...
def garman_klass(
    open_: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int, min_periods: int, sessions: int, /
) -> _Floats: ...
def parkinson(
    open_: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int, min_periods: int, sessions: int, /
) -> _Floats: ...
def close_to_close(
    open_: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int, min_periods: int, sessions: int, /
) -> _Floats: ...
