.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check install --no-compile

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

PINNED := requirements/dev.txt requirements/build.txt
KERNELS := $(shell find gdb_export -name '*.p[yx][xd]')
$(if $(filter %.pyx,$(KERNELS)),,$(error KERNELS names no kernel: were the sources moved?))
.venv/installed: pyproject.toml $(PINNED) tests/engine/libraries.sh $(KERNELS)
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes $(addprefix --requirement ,$(PINNED))
	PYTHONWARNINGS=ignore $(PIP) --no-index --no-deps --no-build-isolation --editable . \
		--config-settings editable_mode=compat  # a folder on the path, not a finder that each start loads
	@$(BIN)/python -c 'from gdb_export import csv_rows as rows; from gdb_export.firebird.catalogue import system_rows; from gdb_export.firebird.gbak import backup_row_batch; rows.COMPILED and system_rows.COMPILED and backup_row_batch.COMPILED or print("NO KERNEL: without a C++ compiler exports take ten times as long and more")'
	tests/engine/libraries.sh .venv/lib/engine || echo "no Firebird engine: its tests will be skipped"
	$(BIN)/python -m compileall -q -j 0 -x '/(tests?|Cython|mypyc?|pip|setuptools)/' .venv/lib gdb_export job local
	touch $@

setup: .venv/installed ## the virtual environment with everything in it, .venv/bin/gdb-export among it

demo: setup ## a fresh machine to a finished run: a database dropped in, its status, the ZIP; FILE=any.gdb for yours
	@$(BIN)/python -W ignore::FutureWarning -m local.demo $(if $(FILE),'$(FILE)')

up: setup ## the local stack in the foreground: a folder to drop files in, the function, Firestore, Cloud Run
	@$(BIN)/python -W ignore::FutureWarning -m local.up

sweep: setup ## settle the exports that nobody works on any more, in the project that the environment names
	PYTHONPATH=functions $(BIN)/python -W ignore::FutureWarning -m sweep

test: setup ## a fresh machine to a green test run
	$(BIN)/pytest -rs

golden: setup ## rebuild the golden databases of tests/data that the engine at hand can make
	$(BIN)/python -m tests.data.make

bench: setup ## the benchmarks as a table: SIZE in MB, ONLY=wide,narrow,notes,many,pictures,big,small,huge; QUOTE=1 into the README
	@$(BIN)/python -m compileall -q gdb_export job  # as an installation has it, else each start compiles what changed
	$(BIN)/python -m benchmarks --size $(or $(SIZE),100) $(if $(ONLY),--only $(ONLY)) \
		$(if $(QUOTE),--chart docs/benchmarks.svg --quote README.md,--chart build/benchmarks/ratios.svg)

bench-bucket: setup ## exports from a bucket: bytes, memory, time, many tasks; SIZE in MB (3000), ONLY=turns,wide
	$(BIN)/python -W ignore::FutureWarning -m benchmarks.cloud.bucket --size $(or $(SIZE),3000) \
		$(if $(ONLY),--only $(ONLY)) $(if $(TASKS),--tasks $(TASKS))

fuzz: setup ## random and damaged databases: FUZZ_DATABASES, FUZZ_MUTANTS, FUZZ_SEED
	FUZZ_DATABASES=$${FUZZ_DATABASES:-2000} FUZZ_MUTANTS=$${FUZZ_MUTANTS:-100000} \
		FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} $(BIN)/pytest -q -s --timeout 0 \
		tests/differential/test_random_databases.py tests/hostile/test_mutants.py

SANITIZED := build/sanitized
SANITIZER := -fsanitize=address,undefined -fno-sanitize-recover
sanitize: setup ## the kernel under the address sanitizer: any values, damaged pages, whole databases
	CFLAGS='$(SANITIZER) -O1 -g' LDFLAGS='$(SANITIZER)' \
		$(PIP) --no-index --no-deps --no-build-isolation --upgrade --target $(SANITIZED) .
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so)" \
		ASAN_OPTIONS=detect_leaks=0 CI=1 \
		$(BIN)/pytest --override-ini='pythonpath=$(SANITIZED) .' tests/csv_rows

chaos: setup ## 300 uploads with faults at every point and by seed, then 200 at once; .stack/chaos.md
	CHAOS_RUNS=300 LOAD_UPLOADS=200 $(BIN)/pytest tests/chaos

format: setup ## rewrite the sources as ruff formats them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup terraform-check ## format, lint, types, layers, tests, terraform: exactly what .ci/run runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

.PHONY: help setup demo up sweep test format check golden bench bench-bucket fuzz sanitize chaos

PIN := $(BIN)/uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal \
	--python-version 3.11 $(if $(UPGRADE),--upgrade)
AS_IN := --constraint requirements
# The tests, the function and the build take what the job takes: what is tested is what is shipped.
requirements: setup ## pin every dependency, with hashes: UPGRADE=1 for the newest
	$(PIN) pyproject.toml --extra cloud --output-file requirements/job.txt
	$(PIN) $(AS_IN)/job.txt pyproject.toml --extra cloud --extra dev --output-file requirements/dev.txt
	$(PIN) $(AS_IN)/dev.txt requirements/build.in --output-file requirements/build.txt
	$(PIN) $(AS_IN)/job.txt functions/requirements.in --output-file functions/requirements.txt

SAMPLE ?= tests/data/fb15/types.fdb.gz
terraform-check: setup ## terraform/ without a cloud: fmt, validate, test, a rehearsed apply, checkov
	$(BIN)/python tests/terraform/check.py

image-check: setup ## the steps of job/Dockerfile in a Debian root, then an export in it: no docker needed
	$(BIN)/python tests/image/check.py --database $(SAMPLE)

TERRAFORM := terraform -chdir=terraform
VARIABLES := -var project_id=$(PROJECT)
project:
	@test -n "$(PROJECT)" || { echo "which project? make plan PROJECT=my-project" >&2; exit 2; }

image: ## the job's image by a docker engine, for var.image; terraform builds it otherwise
	docker build --file job/Dockerfile --tag gdb-export .

plan: project ## what terraform would make or change: make plan PROJECT=my-project
	$(TERRAFORM) init -input=false
	$(TERRAFORM) plan $(VARIABLES)

deploy: project setup ## make it so, then export a sample there: make deploy PROJECT=my-project
	$(TERRAFORM) init -input=false
	$(TERRAFORM) apply $(VARIABLES)
	mkdir -p .stack && gzip --decompress --stdout $(SAMPLE) > .stack/SAMPLE.GDB
	export GOOGLE_CLOUD_PROJECT=$(PROJECT) && \
		export FIRESTORE_DATABASE="$$($(TERRAFORM) output -raw firestore_database)" && \
		sample="$$($(TERRAFORM) output -raw uploads)SAMPLE.GDB" && \
		$(BIN)/gdb-export submit .stack/SAMPLE.GDB "$$sample" --overwrite --watch && \
		$(BIN)/gdb-export status "$$sample" --tables

.PHONY: requirements terraform-check image-check image project plan deploy
