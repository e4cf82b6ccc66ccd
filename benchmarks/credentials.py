"""What every client is given: credentials that open nothing, and a region."""

from __future__ import annotations

from typing import Final

REGION: Final = "us-east-1"
ACCESS_KEY: Final = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY: Final = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - the documentation's example

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # Where there are no files of the SDK's, as in a function.
    "HOME": "/nonexistent",
    "NO_PROXY": "*",
    "no_proxy": "*",
}
