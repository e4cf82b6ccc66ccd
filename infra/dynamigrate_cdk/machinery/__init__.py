"""What the constructs make to run migrations: functions, state machines, and what these may do."""
