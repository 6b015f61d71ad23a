# Everything is done by scripts/dev.py, which needs nothing but Python; `make help` lists the commands.
PYTHON ?= python3

.PHONY: help run test test-long soak bench setup programs
help run test test-long soak bench setup programs:
	@exec "$(PYTHON)" scripts/dev.py $@
