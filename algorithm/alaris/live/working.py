"""One order of the engine as the broker gets it: the legs of a combo as one order under one key, with a limit as a net debit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from alaris.broker import ComboOrder, Instrument, contract_name, instrument_of
from alaris.domain import InvalidInput
from alaris.live.contracts import instrument_of_symbol
from alaris.workflow.order_state import Order
from alaris_runner.api.order_enums import OrderType

if TYPE_CHECKING:
    from alaris_runner.api import orders as lean
    from alaris_runner.brokerage.brokerage import Legs

CENT = Decimal("0.01")
LIMITS = frozenset({OrderType.LIMIT, OrderType.COMBO_LIMIT})
MARKETABLE = frozenset({OrderType.MARKET, OrderType.COMBO_MARKET})  # sent as a limit at the natural price, and re-priced


@dataclass(slots=True)
class Working:
    """An order on its way.

    `legs` are the engine's orders by contract, `told` what was reported to the engine of each contract's fills, signed.
    """

    key: str
    trade_id: str
    legs: Mapping[str, lean.Order]
    contracts: int
    limit: Decimal
    follows_market: bool
    told: dict[str, int] = field(default_factory=dict)

    @property
    def ratios(self) -> dict[str, int]:
        """Signed ratio of each leg."""
        return {name: int(order.quantity) // self.contracts for name, order in self.legs.items()}

    def describe(self) -> str:
        """In words: each leg with its whole count, and the net debit a share."""
        legs = ", ".join(f"{int(order.quantity):+d} {name}" for name, order in self.legs.items())
        return f"{legs} at a net debit of {self.limit}"

    def combo(self) -> ComboOrder:
        """What is sent."""
        legs: tuple[tuple[Instrument, int], ...] = tuple((instrument_of(name), ratio) for name, ratio in self.ratios.items())
        return ComboOrder(self.key, legs, self.contracts, self.limit)

    def order(self) -> Order:
        """What is intended."""
        return Order(self.key, self.ratios, self.contracts)


def working_order(key: str, trade_id: str, legs: Legs) -> Working:
    """Read the engine's order.

    Raises
    ------
    InvalidInput
        The broker's side cannot express it, or there is no quote to price it by.
    """
    orders = {contract_name(instrument_of_symbol(order.symbol)): order for order, _ in legs}
    return Working(key, trade_id, orders, units_of(legs), limit_of(legs), legs[0][0].type in MARKETABLE)


def units_of(legs: Legs) -> int:
    """How many times the leg ratios, positive."""
    first = legs[0][0]
    group = first.group_order_manager
    units = abs(group.quantity) if group is not None else abs(first.quantity)
    if units != int(units) or not units or any(order.quantity % units for order, _ in legs):
        raise InvalidInput("quantity", f"order {first.id}: only whole contracts and shares can be ordered")
    return int(units)


def limit_of(legs: Legs) -> Decimal:
    """Net debit a share of one unit of the signed legs; a credit is negative."""
    first = legs[0][0]
    group = first.group_order_manager
    if first.type is OrderType.COMBO_LIMIT and group is not None:
        return cents(group.limit_price if group.quantity > 0 else -group.limit_price)
    if first.type is OrderType.LIMIT:
        price = float(getattr(first, "limit_price", 0.0))
        return cents(price if first.quantity > 0 else -price)
    if first.type in MARKETABLE:
        return natural_of(legs)
    raise InvalidInput("type", f"order {first.id}: {first.type.name} is not sent to the broker; use a limit or a combo limit order")


def natural_of(legs: Legs) -> Decimal:
    """Net debit at which the whole order crosses the market: asks where it buys, bids where it sells.

    Raises
    ------
    InvalidInput
        A side that is needed is not quoted.
    """
    units, total = units_of(legs), 0.0
    for order, security in legs:
        price = security.ask_price if order.quantity > 0 else security.bid_price
        if not price > 0:
            raise InvalidInput("quote", f"{order.symbol.value} has no {'ask' if order.quantity > 0 else 'bid'} to price a market order by")
        total += price * order.quantity / units
    return cents(total)


def cents(price: float) -> Decimal:
    """A price on the grid of a cent."""
    return Decimal(repr(float(price))).quantize(CENT)


def is_reducing(legs: Legs) -> bool:
    """Whether each leg only takes away from what is held: an exit."""
    held = [(order.quantity, security.holdings.quantity) for order, security in legs]
    return all(quantity * have < 0 and abs(quantity) <= abs(have) for quantity, have in held)
