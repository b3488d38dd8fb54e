"""The SaaS: one Django app for each capability; each imports only what stands before it in the list of docs/03-architecture.md."""
