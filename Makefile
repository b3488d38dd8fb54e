# Aliases: the scripts are the thing.
.PHONY: help demo test check bench soak lock format
help:
	@for script in demo test check bench soak lock; do script/$$script --help; echo; done
demo test check bench soak lock:
	@script/$@
format: ; .venv/bin/ruff format . && .venv/bin/ruff check --fix .
