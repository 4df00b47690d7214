"""Readers of a LEAN data folder: price zips, universes, map and factor files, interest rates."""
