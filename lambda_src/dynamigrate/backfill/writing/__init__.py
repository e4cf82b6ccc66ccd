"""How items are written: what transform returned, as requests, and what the service answers to each."""
