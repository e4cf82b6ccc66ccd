"""What happens to runs and migrations, on the default bus of EventBridge."""
