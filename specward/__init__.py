"""Specward's library: recorded user sessions in, checked end-to-end test specs out. Pure Python, no Django."""

__version__ = "0.1.0"
