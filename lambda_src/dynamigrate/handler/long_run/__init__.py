"""Runs that one invocation has no time for: they go on in a state machine, slice after slice."""
