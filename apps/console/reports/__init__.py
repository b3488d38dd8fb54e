"""Pages of reports: when they come, to whom, which were mailed, and what stood in them."""
