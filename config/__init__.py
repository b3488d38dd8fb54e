"""Settings, addresses and the embedded services of the SaaS."""
