"""Asking vendors over the network: timeouts, retries, budgets, replay and faults, so that a provider's plugin only reads replies."""

from alaris.plugins.web.bodies import Body, Fields
from alaris.plugins.web.faults import Fault, WebFault
from alaris.plugins.web.service import Fetched, Page, Web
from alaris.plugins.web.vendor import KeyPlace, Vendor
from alaris.plugins.web.window import EVER, Collector, Piece, Rows, Window, by_symbol, known, months, weekdays, whole, whole_pages

__all__ = [
    "EVER",
    "Body",
    "Collector",
    "Fault",
    "Fetched",
    "Fields",
    "KeyPlace",
    "Page",
    "Piece",
    "Rows",
    "Vendor",
    "Web",
    "WebFault",
    "Window",
    "by_symbol",
    "known",
    "months",
    "weekdays",
    "whole",
    "whole_pages",
]
