"""The Lambda function's code: made at synth, without Docker, the same from any machine."""

from .staging import Staged, stage

__all__ = ["Staged", "stage"]
