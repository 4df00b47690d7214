"""The fake gateway alone, for runbooks and demos: `PYTHONPATH=tests/support python -m fake_gateway --port 4002`.

Reads commands from standard input, one a line: quote CON_ID BID ASK, fill KEY, plan NAME, error CODE TEXT, drop, half_open, refuse, accept,
restart SECONDS, assign CON_ID CONTRACTS SHARES, orders, positions, quit.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from fake_gateway import FakeGateway, Market, small_market
from fake_gateway.order_messages import NEW_YORK


def coming_fridays(today: date) -> tuple[date, date]:
    """The next Friday, and the one four weeks behind it."""
    front = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    return front, front + timedelta(days=28)


def market_of(symbols: str, today: date) -> Market:
    """The small market of each symbol, with expiries to come."""
    whole = Market()
    for number, symbol in enumerate(symbols.split(",")):
        one = small_market(symbol, *coming_fridays(today), first_id=1001 + 100 * number)
        whole.contracts |= one.contracts
        whole.quotes |= one.quotes
    return whole


def commands(gateway: FakeGateway) -> Mapping[str, Callable[[list[str]], object]]:
    """What can be said on standard input."""
    return {
        "quote": lambda words: gateway.quote(int(words[0]), bid=float(words[1]), ask=float(words[2])),
        "fill": lambda words: gateway.fill(words[0]),
        "plan": lambda words: gateway.plan(words[0]),
        "error": lambda words: gateway.inject_error(-1, int(words[0]), " ".join(words[1:])),
        "drop": lambda _: gateway.drop(),
        "half_open": lambda _: gateway.half_open(),
        "refuse": lambda _: gateway.refuse(),
        "accept": lambda _: gateway.accept(),
        "restart": lambda words: gateway.restart(float(words[0])),
        "assign": lambda words: gateway.assign(int(words[0]), int(words[1]), int(words[2])),
        "orders": lambda _: print(gateway.sent(3)),  # noqa: T201 - a program's output
        "positions": lambda _: print(gateway.positions),  # noqa: T201 - a program's output
    }


def main() -> None:
    """Serve until `quit`, or until killed where standard input is closed."""
    parser = argparse.ArgumentParser(description="A fake IB Gateway")
    parser.add_argument("--port", type=int, default=4002)
    parser.add_argument("--account", default="DU1234567")
    parser.add_argument("--symbols", default="YUM")
    parser.add_argument("--version", type=int, default=176)
    given = parser.parse_args()
    market = market_of(given.symbols, datetime.now(NEW_YORK).date())
    with FakeGateway(market, account=given.account, version=given.version, port=given.port) as gateway:
        sys.stdout.write(f"fake gateway on 127.0.0.1:{gateway.port}, account {given.account}\n")
        for contract in market.contracts.values():
            quote = market.quotes[contract.con_id]
            sys.stdout.write(f"  {contract.con_id} {contract.local_symbol} {quote.bid} {quote.ask}\n")
        sys.stdout.flush()
        serve(gateway)


def serve(gateway: FakeGateway) -> None:
    """Do what is said, line by line."""
    known = commands(gateway)
    for line in sys.stdin:
        name, *words = line.split() or [""]
        if name == "quit":
            return
        try:
            known[name](words)
        except (KeyError, IndexError, ValueError, StopIteration) as error:
            sys.stdout.write(f"? {error!r}; one of {', '.join(known)}, quit\n")
        sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
