"""Asking vendors over the network: timeouts, retries, budgets, replay and faults, so that a provider's plugin only reads replies."""

from alaris.plugins.web.bodies import Body, Fields
from alaris.plugins.web.faults import Fault, WebFault
from alaris.plugins.web.service import Fetched, Page, Web
from alaris.plugins.web.vendor import KeyPlace, Vendor

__all__ = ["Body", "Fault", "Fetched", "Fields", "KeyPlace", "Page", "Vendor", "Web", "WebFault"]
