"""Which entries of the log the addresses of this app leave."""

from apps.access.trail import nothing, say

say("healthz", "readyz", "metrics", GET=nothing("it belongs to no tenant, and says nothing of one"))
