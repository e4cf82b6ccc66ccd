"""How many capacity units a second may be spent, and how many are."""
