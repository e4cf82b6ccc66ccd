"""Detached migrations: each goes on in a state machine of its own run, slice after slice, and no deploy waits for it."""
