"""Greeks as LEAN names them: theta a year, vega and rho for one percentage point."""

from __future__ import annotations

from alaris_runner.api.spelling import PascalCase


class Greeks(PascalCase):
    """Sensitivities of one option price.

    Attributes
    ----------
    delta, gamma : float
        A dollar of the underlying.
    theta : float
        Dollars a year; `theta_per_day` divides by 365.
    vega, rho : float
        Dollars for one percentage point.
    """

    __slots__ = ("delta", "gamma", "rho", "theta", "vega")

    def __init__(self, delta: float = 0.0, gamma: float = 0.0, vega: float = 0.0, theta: float = 0.0, rho: float = 0.0) -> None:
        self.delta = delta
        self.gamma = gamma
        self.vega = vega
        self.theta = theta
        self.rho = rho

    @property
    def theta_per_day(self) -> float:
        """Dollars a calendar day."""
        return self.theta / 365

    def __repr__(self) -> str:
        return f"D: {self.delta:.4f}, G: {self.gamma:.4f}, V: {self.vega:.4f}, T: {self.theta:.4f}, R: {self.rho:.4f}"
