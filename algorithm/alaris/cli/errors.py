"""What the shell is told of an error: one line with the remedy, and an exit code."""

from __future__ import annotations

BAD_INPUT, FAILED = 2, 1
RUNNER_INPUT_ERRORS = frozenset({"AlgorithmLoadError", "DataFileError", "InvalidRequest"})


class CommandError(Exception):
    """A command cannot do what was asked with what it was given; the message says what to do."""


class RunFailed(Exception):
    """The run did not complete."""


def exit_code(error: Exception) -> int:
    """2 where the user mends the input, 1 where the run failed."""
    from alaris.domain.errors import ConfigurationError, DataError, InvalidInput, PluginError

    if isinstance(error, (CommandError, ConfigurationError, DataError, InvalidInput, PluginError)):
        return BAD_INPUT
    return BAD_INPUT if _is_runner_error(error) and type(error).__name__ in RUNNER_INPUT_ERRORS else FAILED


def said(error: Exception) -> str:
    """The error in one line; an unexpected one says how to report it."""
    from alaris.domain.errors import AlarisError

    text = " ".join(str(error).partition("Traceback (most recent call last)")[0].split())
    if isinstance(error, (AlarisError, CommandError, RunFailed)) or _is_runner_error(error):
        return text
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or text}; check that the path exists and may be written"
    return f"unexpected {type(error).__name__}: {text}. This is a fault of Alaris; repeat with `alaris --traceback ...` and report it"


def _is_runner_error(error: Exception) -> bool:
    """By name, so that the runner is not imported where it does not run."""
    return any(kind.__name__ == "RunnerError" and kind.__module__ == "alaris_runner.errors" for kind in type(error).__mro__)
