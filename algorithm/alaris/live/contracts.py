"""The engine's symbols as the broker's contracts, and back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from alaris.broker import Instrument, Share
from alaris.domain import InvalidInput, Leg, Right
from alaris_runner.api.enums import OptionRight, Resolution, SecurityType
from alaris_runner.api.symbols import Symbol, equity_symbol, option_symbol

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.brokerage.transactions import BrokerageContext

SATURDAY = 5


def instrument_of_symbol(symbol: Symbol) -> Instrument:
    """The contract to order, quote or name; a leg carries ratio 1.

    Raises
    ------
    InvalidInput
        It is neither a stock nor an option on one.
    """
    if symbol.security_type == SecurityType.EQUITY:
        return Share(symbol.value)
    if symbol.security_type != SecurityType.OPTION or symbol.underlying is None or symbol.is_canonical():
        raise InvalidInput("symbol", f"{symbol.value}: only stocks and single option contracts can be traded live")
    expiry = symbol.id.date.date()
    if expiry.weekday() == SATURDAY:  # the formal expiry of contracts before 2015; they last traded on the Friday
        expiry -= timedelta(days=1)
    right = Right.CALL if symbol.id.option_right == OptionRight.CALL else Right.PUT
    return Leg(symbol.underlying.value, right, float(symbol.id.strike_price), expiry, 1)


def symbol_of(instrument: Instrument) -> Symbol:
    """The engine's symbol of a contract."""
    if isinstance(instrument, Share):
        return equity_symbol(instrument.symbol)
    right = OptionRight.CALL if instrument.right is Right.CALL else OptionRight.PUT
    stock = equity_symbol(instrument.symbol)
    return option_symbol(stock, datetime.combine(instrument.expiry, time()), instrument.strike, right)


def known_security(context: BrokerageContext, symbol: Symbol) -> Security:
    """The engine's security of a contract; one that it does not know yet is subscribed by the minute."""
    found: Security | None = context.securities.find(symbol)
    if found is not None:
        return found
    algorithm = context.algorithm
    added: Security = (
        algorithm.add_option_contract(symbol, Resolution.MINUTE)
        if symbol.has_underlying
        else algorithm.add_equity(symbol.value, Resolution.MINUTE)
    )
    return added
