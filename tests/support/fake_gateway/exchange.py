"""The account behind the fake gateway: orders, executions, positions, and how each order goes on, by a plan or by the market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fake_gateway import order_messages
from fake_gateway.contracts import Contract, Fields, Market
from fake_gateway.order_messages import BagLeg, Execution, Order

FEE = 0.65  # USD a contract
Tell = Callable[[int, Fields], None]  # client id, message


@dataclass
class Exchange:
    """Orders by (client, order id); messages go out by `tell`.

    `plan` is how the next orders go on: market (fills when its limit reaches the natural price), rests, fills, halves (half the contracts,
    both legs), one_leg (all contracts of the first leg only), rejects, mute (nothing is answered), twice (every message repeated).
    """

    market: Market
    account: str
    tell: Tell
    version: Callable[[int], int]
    plan: str = "market"
    orders: dict[tuple[int, int], Order] = field(default_factory=dict)
    plans: dict[tuple[int, int], str] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    costs: dict[int, float] = field(default_factory=dict)
    next_permanent: int = 900_001
    on_position: Callable[[int], None] = lambda _: None

    def place(self, client_id: int, fields: list[str]) -> None:
        """A new order, or the same order id again with another limit."""
        name = (client_id, int(fields[1]))
        known = self.orders.get(name)
        order = order_messages.read_order(client_id, fields, known.permanent_id if known else self.next_permanent)
        if known is not None:
            self._modify(known, order)
            return
        self.next_permanent += 1
        self.orders[name], self.plans[name] = order, self.plan
        if self.plan == "rejects":
            order.status = "Inactive"
            self.error(client_id, order.order_id, 201, "Order rejected - reason:insufficient equity")
            self.tell(client_id, order_messages.status(order))
        elif self.plan != "mute":
            self.acknowledge(order)
            self.go_on(order)

    def acknowledge(self, order: Order) -> None:
        """The gateway has it: PreSubmitted, then Submitted."""
        for status in ("PreSubmitted", "Submitted"):
            order.status = status
            self._state(order)

    def go_on(self, order: Order) -> None:
        """What its plan does once it works."""
        plan = self.plans[order.client_id, order.order_id]
        if plan in ("fills", "twice"):
            self.fill(order, order.quantity - order.filled)
        elif plan == "halves":
            self.fill(order, max((order.quantity - order.filled) // 2, 1))
        elif plan == "one_leg":
            self.fill_leg(order, order.parts[0], order.quantity)
        elif plan == "market" and self._reached(order):
            self.fill(order, order.quantity - order.filled)

    def quotes_changed(self) -> None:
        """Orders whose plan is the market's may now be reached."""
        for order in list(self.orders.values()):
            if order.is_open and self.plans[order.client_id, order.order_id] == "market" and self._reached(order):
                self.fill(order, order.quantity - order.filled)

    def cancel(self, client_id: int, order_id: int) -> None:
        """Cancel one's own; of another client's the gateway knows nothing."""
        order = self.orders.get((client_id, order_id))
        if order is None:
            self.error(client_id, order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        elif not order.is_open:
            self.error(
                client_id, order_id, 10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {order.status}."
            )
        else:
            self.end(order)

    def end(self, order: Order) -> None:
        """An order is cancelled."""
        order.status = "Cancelled"
        self._say(order, order_messages.status(order))
        self.error(order.client_id, order.order_id, 202, "Order Canceled - reason:")

    def cancel_all(self) -> None:
        """Of every client."""
        for order in list(self.orders.values()):
            if order.is_open:
                self.end(order)

    def fill(self, order: Order, contracts: int, prices: dict[int, float] | None = None) -> None:
        """Whole combos: one execution of the combo, one of each leg, then the statuses and the commissions."""
        base = f"0000e0d5.{order.permanent_id:08x}.{len(self.executions):04x}"
        paid = {part.con_id: (prices or {}).get(part.con_id, self._price(order, part)) for part in order.parts}
        net = sum(part.signed * paid[part.con_id] for part in order.parts)
        made = []
        if order.legs:
            side = "BOT" if order.action == "BUY" else "SLD"
            made.append(self._execution(f"{base}.01", order, order.contract, side, contracts, round(net, 4), 0.0))
        for number, part in enumerate(order.parts, len(made) + 1):
            made.append(self._leg(f"{base}.{number:02d}", order, part, contracts * part.ratio, paid[part.con_id]))
        order.filled += contracts
        order.spent += contracts * net
        order.last_price = round(net, 4)
        order.status = "Filled" if order.filled >= order.quantity else "Submitted"
        self._report(order, made)

    def fill_leg(self, order: Order, part: BagLeg, contracts: int, price: float | None = None) -> None:
        """One leg of a combo without the others, as happens for a moment, or for good."""
        base = f"0000e0d5.{order.permanent_id:08x}.{len(self.executions):04x}"
        at = self._price(order, part) if price is None else price
        self._report(order, [self._leg(f"{base}.02", order, part, contracts * part.ratio, at)])

    def correct(self, execution: Execution, price: float) -> Execution:
        """The exchange takes an execution's price back and states another: the same id with a higher number after its last dot."""
        base, _, number = execution.execution_id.rpartition(".")
        order = execution.order
        corrected = self._execution(
            f"{base}.{int(number) + 10:02d}", order, execution.contract, execution.side, execution.shares, price, execution.commission
        )
        self._say(order, corrected.message("-1", self.version(order.client_id)))
        return corrected

    def assign(self, con_id: int, contracts: int, shares: int) -> None:
        """Overnight: an option position gone, shares in its place, no order anywhere."""
        contract = self.market.contracts[con_id]
        self._move(con_id, contracts)
        self._move(self.market.share(contract.symbol).con_id, shares)

    def error(self, client_id: int, request: int, code: int, text: str) -> None:
        """An error message."""
        advanced: Fields = [""] if self.version(client_id) >= 166 else []
        self.tell(client_id, [4, 2, request, code, text, *advanced])

    def by_key(self, key: str) -> Order:
        """The newest order under one of our keys."""
        return next(order for order in reversed(self.orders.values()) if order.key == key)

    def _modify(self, known: Order, wanted: Order) -> None:
        if not known.is_open:
            self.error(known.client_id, known.order_id, 104, "Cannot modify a filled order.")
            return
        known.limit, known.quantity = wanted.limit, wanted.quantity
        if self.plans[known.client_id, known.order_id] != "mute":
            self._state(known)
            self.go_on(known)

    def _reached(self, order: Order) -> bool:
        natural = 0.0
        for part in order.parts:
            quote = self.market.quotes[part.con_id]
            side = quote.ask if part.signed > 0 else quote.bid
            if side is None:
                return False
            natural += part.signed * side
        if not order.legs:
            return float(order.limit) >= natural if order.action == "BUY" else float(order.limit) <= -natural
        return float(order.limit) >= natural - 1e-9

    def _price(self, order: Order, part: BagLeg) -> float:
        """A leg's price: its natural side, the first bought leg taking what makes the sum the limit where that is better."""
        quote = self.market.quotes[part.con_id]
        side = (quote.ask if part.signed > 0 else quote.bid) or 0.0
        if order.legs and self.plans[order.client_id, order.order_id] == "market":
            return side
        if not order.legs:
            return float(order.limit)
        bought = [leg for leg in order.parts if leg.signed > 0]
        taking = bought[0] if bought else order.parts[0]
        if part != taking:
            return side
        others = sum(leg.signed * self._price(order, leg) for leg in order.parts if leg != taking)
        return round((float(order.limit) - others) / taking.signed, 4)

    def _leg(self, execution_id: str, order: Order, part: BagLeg, contracts: int, price: float) -> Execution:
        order.leg_filled[part.con_id] = order.leg_filled.get(part.con_id, 0) + contracts
        self._move(part.con_id, contracts if part.signed > 0 else -contracts)
        side = "BOT" if part.signed > 0 else "SLD"
        return self._execution(execution_id, order, self.market.contracts[part.con_id], side, contracts, price, round(FEE * contracts, 2))

    def _execution(
        self, execution_id: str, order: Order, contract: Contract, side: str, shares: int, price: float, fee: float
    ) -> Execution:
        made = Execution(execution_id, order, contract, side, shares, price, order_messages.now(), fee)
        self.executions.append(made)
        return made

    def _move(self, con_id: int, contracts: int) -> None:
        self.positions[con_id] = self.positions.get(con_id, 0) + contracts
        self.on_position(con_id)

    def _report(self, order: Order, made: list[Execution]) -> None:
        version = self.version(order.client_id)
        for execution in made:
            self._say(order, execution.message("-1", version))
        self._state(order)
        for execution in made:
            self._say(order, execution.fee())

    def _state(self, order: Order) -> None:
        self._say(order, order_messages.open_order(order, self.version(order.client_id)))
        self._say(order, order_messages.status(order))

    def _say(self, order: Order, message: Fields) -> None:
        repeated = self.plans[order.client_id, order.order_id] == "twice"
        for _ in range(2 if repeated else 1):
            self.tell(order.client_id, message)
