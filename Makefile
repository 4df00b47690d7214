# Alaris: `make demo` shows the product, `make test` proves it, `make develop` prepares to change it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SHELL  := /bin/bash
.SHELLFLAGS := -euo pipefail -c

CPP_FILES := $(shell find cpp -name '*.cpp' -o -name '*.hpp')
BUILD_INPUTS := pyproject.toml CMakeLists.txt $(CPP_FILES)
PRODUCT_FILES := $(shell find algorithm runner plugins -name '*.py' -o -name '*.j2')

.PHONY: fuzz-parsers demo test unit native fuzz tsan nightly lint format develop benchmark faults ib-async proofs clean help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/.installed ## build, install, backtest the demo market, print the summary and the report page
	$(BIN)/alaris backtest

test: lint native unit ## everything: linters, native tests, Python tests

unit: develop ## Python tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

native: $(VENV)/bin/python ## C++ tests
	$(BIN)/pip install --quiet --disable-pip-version-check cmake ninja
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/native -G Ninja -DCMAKE_BUILD_TYPE=Release -DALARIS_TESTS=ON
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/native
	PATH="$(CURDIR)/$(BIN):$$PATH" ctest --test-dir build/native --output-on-failure

SECONDS ?= 600
fuzz: develop ## every public function of the core under ASan and UBSan, ten minutes (SECONDS=60 for less)
	PATH="$(CURDIR)/$(BIN):$$PATH" SECONDS_WANTED=$(SECONDS) cpp/fuzz/run.sh

tsan: $(BIN)/python ## the threaded batches under ThreadSanitizer
	$(BIN)/pip install --quiet --disable-pip-version-check cmake ninja
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/tsan -G Ninja -DCMAKE_BUILD_TYPE=Release -DALARIS_TESTS=ON -DALARIS_SANITIZE=thread
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/tsan --target alaris_thread_tests
	for isa in avx512 avx2 baseline; do ALARIS_ISA=$$isa build/tsan/cpp/tests/alaris_thread_tests; done

CASES ?= 100000
nightly: develop ## what must hold for any option, 100,000 cases of each property (CASES=... for another number)
	ALARIS_PROPERTY_CASES=$(CASES) $(BIN)/python -m pytest -q -n 2 --dist worksteal tests/pricing/test_properties.py tests/pricing/test_faces.py

lint: develop ## ruff, mypy --strict, import arrows, clang-format, clang-tidy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v clang-format >/dev/null; then clang-format --dry-run --Werror $(CPP_FILES); else echo "clang-format is not installed: C++ formatting not checked"; fi
	@if command -v clang-tidy >/dev/null; then $(MAKE) --no-print-directory tidy; else echo "clang-tidy is not installed: C++ not checked"; fi

.PHONY: tidy
tidy: native
	clang-tidy --quiet -p build/native $(filter-out cpp/bindings/%,$(filter %.cpp,$(CPP_FILES)))

format: develop ## rewrite Python and C++ in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	clang-format -i $(CPP_FILES)

develop: $(VENV)/.developed ## editable install with all development tools

benchmark: develop ## print the speed tables, beside the named peers
	$(BIN)/pip install --quiet QuantLib
	$(BIN)/python benchmarks/pricing.py
	$(BIN)/python benchmarks/runner.py
	$(BIN)/python benchmarks/product.py
	$(BIN)/python benchmarks/decision.py
	$(BIN)/python benchmarks/snapshot.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/growth.py --documents

faults: develop ## play every fault of a vendor to every provider and of a gateway to its quotes, print the tables
	$(BIN)/python tests/support/fault_table.py
	PYTHONPATH=tests/support $(BIN)/python tests/support/gateway_faults/table.py

fuzz-parsers: develop ## fuzz every parser of replies and files, guided by coverage (SECONDS= of each, 600 by default; PARSERS= of them)
	$(BIN)/pip install --quiet --disable-pip-version-check "atheris>=3"
	PYTHONPATH=tests/support $(BIN)/python tests/support/fuzz_parsers.py --seconds $(or $(SECONDS),600) $(PARSERS)

ib-async: $(BIN)/python ## run the gateway's tests on ib_async, in a virtual environment of its own
	$(BIN)/python -m venv build/ib-async
	build/ib-async/bin/pip install --quiet --disable-pip-version-check ".[journal]" "ib_async>=2.1,<3" pytest hypothesis pytest-httpserver
	build/ib-async/bin/python -m pytest -q tests/broker
	PYTHONPATH=tests/support build/ib-async/bin/python tests/support/gateway_faults/table.py
	build/ib-async/bin/python benchmarks/proofs/gateway_faults.py

proofs: develop ## the nine proofs of the order path; figures go to docs/reliability.md (PROOFS=--short: a minute, nothing written)
	$(BIN)/python benchmarks/proofs/run.py $(PROOFS)

clean: ## remove what was built
	rm -rf build dist $(VENV) algorithm/alaris/_core*.so

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python $(BUILD_INPUTS) $(PRODUCT_FILES)
	$(BIN)/pip install --quiet --disable-pip-version-check .
	rm -f $(VENV)/.developed
	touch $@

$(VENV)/.developed: $(VENV)/bin/python $(BUILD_INPUTS)
	$(BIN)/pip install --quiet --disable-pip-version-check "scikit-build-core>=0.11" "pybind11>=3.1,<3.2" cmake ninja
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable ".[dev]"
	rm -f $(VENV)/.installed
	touch $@
