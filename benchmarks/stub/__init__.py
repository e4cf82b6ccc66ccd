"""A stand-in for DynamoDB that keeps nothing and answers at once, so that what is measured is the client."""

from .process import Statistics, Stub

__all__ = ["Statistics", "Stub"]
