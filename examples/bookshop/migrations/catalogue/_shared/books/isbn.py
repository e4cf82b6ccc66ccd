"""International Standard Book Numbers."""

from stdnum import isbn


def of_13_digits(number: str) -> str:
    """
    Digits alone, whatever stood between them.

    Raises:
        stdnum.exceptions.ValidationError: It is no ISBN.
    """
    return str(isbn.validate(number, convert=True))
