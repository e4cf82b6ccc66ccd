"""Manual commands: what each takes, does and answers."""
