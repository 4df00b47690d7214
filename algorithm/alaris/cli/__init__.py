"""The command line: one file a command group; nothing heavy is imported before a command needs it."""

from alaris.cli.main import main

__all__ = ["main"]
