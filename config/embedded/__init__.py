"""PostgreSQL and Valkey of the project itself, for machines that give it neither: no account, no container."""

from config.embedded.starting import Services, ensure, running, stop

__all__ = ["Services", "ensure", "running", "stop"]
