"""Limits, breakers and scenario risk."""
