"""What a gateway can do to a client, played over a real socket: each fault, what was done about it, and that trading goes on after it."""

from gateway_cases.bench import Bench, Fault
from gateway_cases.connection import CONNECTION
from gateway_cases.orders import ORDERS
from gateway_cases.quotes import QUOTES

FAULTS = (*CONNECTION, *QUOTES, *ORDERS)

__all__ = ["FAULTS", "Bench", "Fault"]
