"""The custom resource: what CloudFormation asks, and what it is answered."""
