"""Where a dry run of a function ends before the function does."""

from __future__ import annotations


class Ended(BaseException):
    """
    Ends a function that can't honestly be gone on with: nobody can know what it would be answered, or its time is up.

    No ``except Exception`` of the function's takes it for a failure of its request. What catches it all the same gets it
    again from its next request.

    Attributes:
        why: A sentence.
    """

    def __init__(self, why: str = "The dry run is over.") -> None:
        super().__init__(why)
        self.why = why
