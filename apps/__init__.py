"""The SaaS: one Django app for each capability. What may import what stands in pyproject.toml."""
