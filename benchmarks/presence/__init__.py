"""What it costs to have migrations in an app: beside the app without them, and beside the same job on CDK's Provider."""
