"""The lock: one holder at a time, by a lease that it renews."""
