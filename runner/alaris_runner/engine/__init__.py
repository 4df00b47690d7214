"""Clock, feeds, universes, schedule and slices: what moves an algorithm through time."""
