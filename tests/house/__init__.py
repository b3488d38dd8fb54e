"""The rules of the house, as checks that ``script/check`` runs: ``python -m tests.house NAME``."""
