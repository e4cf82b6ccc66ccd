"""The Lambda function's code: made at synth, without Docker, the same from any machine."""

from .platform import Platform
from .staging import Staged, stage
from .workers import check_workers_of

__all__ = ["Platform", "Staged", "check_workers_of", "stage"]
