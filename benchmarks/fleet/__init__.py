"""
A fleet of workers at one table, simulated: how they share a ceiling, seen from a clock that nobody waits for.

What decides on the rate is the engine's own code: its rate limiters and budgets, the shares, the demands, the backoff and
the sender of requests. Only the table, the time and the work itself are made up here.
"""
