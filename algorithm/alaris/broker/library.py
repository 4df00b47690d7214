"""The one module that touches `ib_insync` or `ib_async`: its protocol client under our own wrapper, so that none of its caches can answer.

Of the library only the client (framing, throttle, decoder) and the plain request objects are used. What it would derive itself, e.g. that
an order is `Cancelled` because of a code, that a ticker is live before anything arrived, or last time's quote, never comes into being.
It is imported late, on the thread whose loop it is to use: `ib_insync` takes hold of a loop while it is imported.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from alaris.broker.messages import (
    AccountRow,
    BrokerContract,
    BrokerLeg,
    ClosedSaid,
    ContractRow,
    EndSaid,
    ErrorSaid,
    ExecutionSaid,
    FeeSaid,
    GenericSaid,
    KindSaid,
    Message,
    OrderSaid,
    ParametersRow,
    PositionRow,
    PriceSaid,
    RowSaid,
    SizeSaid,
    StatusSaid,
)
from alaris.broker.values import BrokerUnavailable
from alaris.domain import ConfigurationError

LIBRARIES = ("ib_insync", "ib_async")
POSITIONS, OPEN_ORDERS, COMPLETED_ORDERS, TIME = "positions", "open orders", "completed orders", "time"
BOUGHT: Final = "BOT"
UNSET: Final = 1e300  # the broker's sign for a number that is not there is the largest double
Hear = Callable[[Message], None]


def require_library() -> str:
    """Name of the client library at hand.

    Raises
    ------
    ConfigurationError
        Neither is installed.
    """
    for name in LIBRARIES:
        if find_spec(name) is not None:
            return name
    raise ConfigurationError("ibkr", "neither ib_insync nor ib_async is installed: pip install 'alaris[ibkr]'")


def load() -> ModuleType:
    """Import the client library; call it on the thread of the loop, after the loop was set.

    Its loggers get a handler that prints nothing, as a library's should: why a connection failed is told by events and `Gateway.problem`.
    """
    name = require_library()
    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return import_module(name)


class Line:
    """One socket to a gateway, used once; what is heard goes to `hear`, on the loop's thread."""

    def __init__(self, library: ModuleType, hear: Hear) -> None:
        self._library = library
        self._client = library.client.Client(_Wrapper(hear))

    async def connect(self, host: str, port: int, client_id: int, seconds: float) -> None:
        """Open the socket and wait until the gateway named the account and the next order id.

        Raises
        ------
        OSError, TimeoutError
            Refused, or not ready in time.
        """
        await self._client.connectAsync(host, port, client_id, seconds)

    def close(self) -> None:
        """Hang up."""
        if self._client.conn.isConnected():
            self._client.disconnect()

    @property
    def accounts(self) -> tuple[str, ...]:
        """Accounts of the login."""
        return tuple(self._client.getAccounts())

    def next_id(self) -> int:
        """A request or order id that was never used; above every order id heard of.

        Raises
        ------
        BrokerUnavailable
            The connection is gone.
        """
        try:
            return int(self._client.getReqId())
        except ConnectionError as error:
            raise BrokerUnavailable("the connection is gone") from error

    def not_below(self, order_id: int) -> None:
        """Ids from here on are above one that was heard of."""
        self._client.updateReqId(order_id + 1)

    def ask_positions(self) -> None:
        """Answered by rows and an end under POSITIONS."""
        self._client.reqPositions()

    def ask_own_orders(self) -> None:
        """Of this client id, earlier sessions' too, and their statuses from now on; answered under OPEN_ORDERS."""
        self._client.reqOpenOrders()

    def ask_open_orders(self) -> None:
        """Of every client, as they stand, with no later statuses of others'; answered under OPEN_ORDERS."""
        self._client.reqAllOpenOrders()

    def ask_completed_orders(self) -> None:
        """Of today; answered under COMPLETED_ORDERS."""
        self._client.reqCompletedOrders(False)

    def ask_executions(self, request: int) -> None:
        """Of today, all clients."""
        self._client.reqExecutions(request, self._library.ExecutionFilter())

    def ask_time(self) -> None:
        """The gateway's clock; answered under TIME."""
        self._client.reqCurrentTime()

    def ask_account(self, request: int, tags: str) -> None:
        """Figures of the account; end the request by `stop_account`."""
        self._client.reqAccountSummary(request, "All", tags)

    def stop_account(self, request: int) -> None:
        """No more pushes of account figures."""
        self._client.cancelAccountSummary(request)

    def ask_contract(self, request: int, contract: BrokerContract) -> None:
        """Contracts that match; never of a combo, which no gateway answers."""
        self._client.reqContractDetails(request, self._contract(contract))

    def ask_parameters(self, request: int, symbol: str, con_id: int) -> None:
        """Expiries and strikes of an underlying."""
        self._client.reqSecDefOptParams(request, symbol, "", "STK", con_id)

    def live_data_only(self) -> None:
        """Neither frozen nor delayed data on this connection."""
        self._client.reqMarketDataType(1)

    def ask_market(self, request: int, contract: BrokerContract, generic: str, *, snapshot: bool, regulatory: bool) -> None:
        """Ticks of a contract or combo."""
        self._client.reqMktData(request, self._contract(contract), generic, snapshot, regulatory, [])

    def stop_market(self, request: int) -> None:
        """End a request for ticks."""
        self._client.cancelMktData(request)

    def place(
        self, order_id: int, contract: BrokerContract, action: str, quantity: int, limit: Decimal, key: str, account: str, tif: str
    ) -> None:
        """Place a limit order, or change the one of this id."""
        routing = [self._library.TagValue("NonGuaranteed", "0")] if contract.kind == "BAG" else []
        order = self._library.Order(
            orderId=order_id,
            action=action,
            totalQuantity=quantity,
            orderType="LMT",
            lmtPrice=float(limit),
            tif=tif,
            orderRef=key,
            account=account,
            smartComboRoutingParams=routing,
        )
        self._client.placeOrder(order_id, self._contract(contract), order)

    def cancel(self, order_id: int) -> None:
        """Ask to cancel one of this client's own."""
        self._client.cancelOrder(order_id)

    def cancel_everything(self) -> None:
        """Every order of the login, other clients' and manual ones too."""
        self._client.reqGlobalCancel()

    def _contract(self, contract: BrokerContract) -> Any:
        legs = [self._library.ComboLeg(leg.con_id, abs(leg.ratio), "BUY" if leg.ratio > 0 else "SELL", "SMART") for leg in contract.legs]
        return self._library.Contract(
            secType=contract.kind,
            conId=contract.con_id,
            symbol=contract.symbol,
            lastTradeDateOrContractMonth=f"{contract.expiry:%Y%m%d}" if contract.expiry else "",
            strike=contract.strike,
            right=contract.right,
            multiplier=contract.multiplier,
            tradingClass=contract.trading_class,
            exchange="SMART",
            currency="USD",
            comboLegs=legs,
        )


class _Wrapper:
    """What the library's decoder calls, under its names; it translates and passes on, and keeps nothing but the kind of an answer.

    The decoder reads `ib.TimezoneTWS` for times without a zone, which older gateways send: they are the exchange's.
    """

    defaultTimezone = UTC  # noqa: N815 - the decoder's name

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self.ib = self
        self.TimezoneTWS = "America/New_York"

    def connectAck(self) -> None:  # noqa: N802 - the client's name
        pass

    def setEventsDone(self) -> None:  # noqa: N802 - the client's name; called whenever the socket is gone
        self._hear(ClosedSaid())

    def connectionClosed(self) -> None:  # noqa: N802 - the client's name
        self._hear(ClosedSaid())

    def error(self, request: int, code: int, text: str, _: str = "") -> None:
        self._hear(ErrorSaid(request, code, text))

    def position(self, account: str, contract: Any, quantity: float, _: float) -> None:
        self._hear(RowSaid(POSITIONS, PositionRow(account, _contract(contract), quantity)))

    def positionEnd(self) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(POSITIONS))

    def contractDetails(self, request: int, details: Any) -> None:  # noqa: N802 - the decoder's name
        self._hear(RowSaid(request, ContractRow(_contract(details.contract), details.liquidHours, details.timeZoneId)))

    def contractDetailsEnd(self, request: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(request))

    def securityDefinitionOptionParameter(  # noqa: N802 - the decoder's name
        self, request: int, exchange: str, _: str, trading_class: str, multiplier: str, expiries: list[str], strikes: list[float]
    ) -> None:
        days = tuple(sorted(day for text in expiries if (day := _day(text))))
        self._hear(RowSaid(request, ParametersRow(exchange, trading_class, multiplier, days, tuple(sorted(strikes)))))

    def securityDefinitionOptionParameterEnd(self, request: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(request))

    def accountSummary(self, request: int, account: str, tag: str, value: str, currency: str) -> None:  # noqa: N802 - the decoder's name
        self._hear(RowSaid(request, AccountRow(account, tag, value, currency)))

    def accountSummaryEnd(self, request: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(request))

    def currentTime(self, seconds: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(RowSaid(TIME, datetime.fromtimestamp(seconds, UTC)))
        self._hear(EndSaid(TIME))

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:  # noqa: N802 - the decoder's name
        self._hear(_order(order_id, order.clientId, contract, order, state))

    def openOrderEnd(self) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(OPEN_ORDERS))

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:  # noqa: N802 - the decoder's name
        self._hear(RowSaid(COMPLETED_ORDERS, _order(0, 0, contract, order, state, completed=True)))

    def completedOrdersEnd(self) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(COMPLETED_ORDERS))

    def orderStatus(  # noqa: N802 - the decoder's name
        self, order_id: int, status: str, filled: float, remaining: float, _: float, permanent_id: int, *rest: Any
    ) -> None:
        client_id = rest[2]  # after parent id and last fill price
        self._hear(StatusSaid(order_id, client_id, permanent_id, status, filled, remaining))

    def execDetails(self, request: int, contract: Any, execution: Any) -> None:  # noqa: N802 - the decoder's name
        signed = int(execution.shares) if execution.side == BOUGHT else -int(execution.shares)
        self._hear(
            ExecutionSaid(
                request=None if request == -1 else request,
                execution_id=execution.execId,
                order_id=execution.orderId,
                client_id=execution.clientId,
                permanent_id=execution.permId,
                key=execution.orderRef,
                account=execution.acctNumber,
                contract=_contract(contract),
                contracts=signed,
                price=Decimal(str(execution.price)),
                at=execution.time.astimezone(UTC),
            )
        )

    def execDetailsEnd(self, request: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(request))

    def commissionReport(self, report: Any) -> None:  # noqa: N802 - the decoder's name
        if abs(report.commission) < UNSET:
            self._hear(FeeSaid(report.execId, Decimal(str(report.commission))))

    def priceSizeTick(self, request: int, tick: int, price: float, size: float) -> None:  # noqa: N802 - the client's name
        self._hear(PriceSaid(request, tick, price, size))

    def tickSize(self, request: int, tick: int, size: float) -> None:  # noqa: N802 - the decoder's name
        self._hear(SizeSaid(request, tick, size))

    def tickGeneric(self, request: int, tick: int, value: float) -> None:  # noqa: N802 - the decoder's name
        self._hear(GenericSaid(request, tick, value))

    def marketDataType(self, request: int, kind: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(KindSaid(request, kind))

    def tickSnapshotEnd(self, request: int) -> None:  # noqa: N802 - the decoder's name
        self._hear(EndSaid(request))

    def tickOptionComputation(self, *_: Any) -> None:  # noqa: N802 - the decoder's name
        """Greeks are our own: the broker's carry sentinels that both libraries let through."""


def _contract(contract: Any) -> BrokerContract:
    legs = tuple(BrokerLeg(leg.conId, leg.ratio if leg.action == "BUY" else -leg.ratio) for leg in contract.comboLegs or ())
    expiry = contract.lastTradeDateOrContractMonth
    return BrokerContract(
        con_id=contract.conId,
        symbol=contract.symbol,
        kind=contract.secType,
        expiry=_day(expiry) if contract.secType == "OPT" else None,
        strike=contract.strike,
        right={"CALL": "C", "PUT": "P", "C": "C", "P": "P"}.get(contract.right, ""),
        multiplier=contract.multiplier,
        trading_class=contract.tradingClass,
        local_symbol=contract.localSymbol,
        legs=legs,
    )


def _day(text: str) -> date | None:
    """The day of `yyyymmdd`, which may carry a time and a zone; None where it is none: a row of a position must never be lost for it."""
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _order(order_id: int, client_id: int, contract: Any, order: Any, state: Any, *, completed: bool = False) -> OrderSaid:
    return OrderSaid(
        order_id=order_id,
        client_id=client_id,
        permanent_id=order.permId,
        key=order.orderRef,
        account=order.account,
        status=state.status,
        contract=_contract(contract),
        action=order.action,
        quantity=int(float(order.totalQuantity)),
        limit=Decimal(str(order.lmtPrice)) if order.lmtPrice not in ("", None) else Decimal(0),
        tif=order.tif,
        completed=completed,
    )
