"""The Lambda function's code: made at synth, without Docker, the same from any machine."""

from .platform import Platform
from .staging import Staged, stage

__all__ = ["Platform", "Staged", "stage"]
