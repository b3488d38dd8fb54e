"""The egress wall: what a page may reach, and the proxy that holds it to that."""
