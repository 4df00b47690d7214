"""What is done to every new security: the broker's models, a first price, functions of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security


class FuncSecuritySeeder(PascalCase):
    """Gives a new security the data that a function returns, `self.get_last_known_prices` most often."""

    def __init__(self, seed_function: Callable[[Any], Any]) -> None:
        self._function = seed_function

    def seed_security(self, security: Security) -> bool:
        """Take over the points in their order; whether there were any."""
        found = self._function(security)
        points = list(found) if isinstance(found, Iterable) else [found]
        known = [point for point in points if point is not None]
        for point in known:
            security.set_market_price(point)
        return bool(known)


class SecuritySeeder(PascalCase):
    """Gives no first price: `SecuritySeeder.NULL`."""

    NULL: ClassVar[FuncSecuritySeeder] = FuncSecuritySeeder(lambda _: None)


class BrokerageModelSecurityInitializer(PascalCase):
    """The brokerage model's fees, fills, margin and leverage, then a first price; derive from it to add more."""

    def __init__(self, brokerage_model: Any = None, security_seeder: Any = None) -> None:
        self._model = brokerage_model
        self._seeder = security_seeder or SecuritySeeder.NULL

    def initialize(self, security: Security) -> None:
        """Prepare a security; a model of the user's own was asked by the engine already."""
        if hasattr(self._model, "initialize_security"):
            self._model.initialize_security(security)
        self._seeder.seed_security(security)


class FuncSecurityInitializer(PascalCase):
    """A function as an initializer."""

    def __init__(self, initializer: Callable[[Any], Any]) -> None:
        self._function = initializer

    def initialize(self, security: Security) -> None:
        """Call the function."""
        self._function(security)


class CompositeSecurityInitializer(PascalCase):
    """Several initializers, one after another."""

    def __init__(self, *initializers: Any) -> None:
        self.initializers = [item for one in initializers for item in (one if isinstance(one, (list, tuple)) else [one])]

    def initialize(self, security: Security) -> None:
        """Call each in order."""
        for initializer in self.initializers:
            (initializer.initialize if hasattr(initializer, "initialize") else initializer)(security)
