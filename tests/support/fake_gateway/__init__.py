"""A fake IB Gateway over a real socket: the classic text protocol, a small market, an account, and the faults a gateway is known for."""

from fake_gateway.contracts import Contract, Market, Quote, small_market
from fake_gateway.order_messages import Execution, Order
from fake_gateway.server import FakeGateway

__all__ = ["Contract", "Execution", "FakeGateway", "Market", "Order", "Quote", "small_market"]
