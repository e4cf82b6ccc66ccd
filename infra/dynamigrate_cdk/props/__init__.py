"""What the constructs are given, checked: props, and what CDK's context has."""
