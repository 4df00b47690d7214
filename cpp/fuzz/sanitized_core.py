"""pytest plugin of `make fuzz`: puts the module built with sanitizers (ALARIS_CORE) in the place of the usual one."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location

import alaris

spec = spec_from_file_location("alaris._core", os.environ["ALARIS_CORE"])
if spec is None or spec.loader is None:
    raise ImportError(os.environ["ALARIS_CORE"])
core = module_from_spec(spec)
spec.loader.exec_module(core)
sys.modules["alaris._core"] = core
alaris._core = core  # type: ignore[attr-defined]  # noqa: SLF001 - the package's own module, in the place it looks for it
