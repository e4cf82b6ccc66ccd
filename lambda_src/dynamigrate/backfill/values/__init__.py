"""Attribute values and names, between Python and DynamoDB."""
