"""What `make bench` runs: the engine and its contenders against a stub of DynamoDB, in one run, on one machine."""
