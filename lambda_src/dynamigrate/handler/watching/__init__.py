"""Watches over a history: how long something has been wrong, and what to say of it."""
