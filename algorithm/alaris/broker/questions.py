"""Questions to the gateway and their answers: one future each, a deadline on every wait, and no two questions of one key at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alaris.broker.codes import Reaction, reaction_to
from alaris.broker.messages import EndSaid, ErrorSaid, RowSaid
from alaris.broker.values import BrokerUnavailable


class Refused(BrokerUnavailable):
    """The gateway answered a question with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"code {code}: {text}")
        self.code = code


@dataclass(slots=True)
class _Open:
    future: asyncio.Future[list[Any]]
    send: Callable[[], None]
    ends: int = 1
    rows: list[Any] = field(default_factory=list)


class Questions:
    """What was asked on one connection and not answered yet; used on the loop's thread only.

    Answers to a named question (positions, open orders) carry no number. Where an earlier one of that name is still owed an answer, its
    late end could cut the next one short and make a half account of it: then the question is sent twice, and only what comes between the
    first end and the second counts.
    """

    def __init__(self) -> None:
        self._open: dict[int | str, _Open] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._owed: dict[str, int] = {}

    async def ask(self, key: int | str, send: Callable[[], None], seconds: float) -> list[Any]:
        """Send a question and wait for all rows of its answer.

        Raises
        ------
        BrokerUnavailable
            Not sent, not answered within `seconds`, refused by the gateway (`Refused`), or the connection was lost.
        """
        try:
            async with asyncio.timeout(seconds):
                if isinstance(key, int):
                    return await self._ask(key, send, ends=1)
                async with self._locks.setdefault(key, asyncio.Lock()):
                    return await self._ask(key, lambda: self._send_named(key, send), ends=2 if self._owed.get(key) else 1)
        except TimeoutError:
            raise BrokerUnavailable(f"no answer to {key!r} within {seconds:g} s") from None
        except ConnectionError as error:
            raise BrokerUnavailable(f"not connected ({error})") from error

    def row(self, message: RowSaid) -> None:
        """One more row; of a question that nobody waits for any more it is dropped."""
        if message.request in self._open:
            self._open[message.request].rows.append(message.row)

    def end(self, message: EndSaid) -> None:
        """The answer is complete."""
        key = message.request
        if isinstance(key, str):
            self._owed[key] = max(self._owed.get(key, 0) - 1, 0)
        opened = self._open.get(key)
        if opened is None or opened.future.done():
            return
        opened.ends -= 1
        if opened.ends == 0:
            opened.future.set_result(opened.rows)
        else:
            opened.rows = []
            opened.send()

    def error(self, message: ErrorSaid) -> bool:
        """An error of a question ends it; False where it is no question of ours."""
        opened = self._open.get(message.request)
        if opened is None:
            return False
        if reaction_to(message.code) is not Reaction.NOTE and not opened.future.done():
            opened.future.set_exception(Refused(message.code, message.text))
        return True

    def lost(self) -> None:
        """The connection is gone: nothing will be answered any more."""
        for opened in self._open.values():
            if not opened.future.done():
                opened.future.set_exception(BrokerUnavailable("the connection was lost before the answer came"))

    @property
    def open(self) -> int:
        """How many wait."""
        return len(self._open)

    def _send_named(self, key: str, send: Callable[[], None]) -> None:
        send()
        self._owed[key] = self._owed.get(key, 0) + 1

    async def _ask(self, key: int | str, send: Callable[[], None], *, ends: int) -> list[Any]:
        opened = self._open[key] = _Open(asyncio.get_running_loop().create_future(), send, ends)
        try:
            send()
            return await opened.future
        finally:
            self._open.pop(key, None)
