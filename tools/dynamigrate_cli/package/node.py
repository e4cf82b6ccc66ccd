"""Node, in which the CDK's constructs run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from ..faults import UsedWrongly


def prepare_node() -> None:
    """
    Have what CDK starts find its Node, and keep from printing beside the answer.

    To be called before `aws_cdk` is imported: it starts Node then, with the environment that there is.

    Raises:
        UsedWrongly: There is none.
    """
    program = shutil.which("node")
    if program is None:
        raise UsedWrongly(
            "dynamigrate package needs Node.js, in which the constructs of CDK run, and there is no `node` on the path.",
            "Install Node 20 or newer. Nothing was written.",
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    if found := re.match(r"v(\d+)", said):
        # Else it prints a page about a release that is out of support.
        os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", found[1])
    # CDK's own check of templates takes longer than all the rest; these are checked where the constructs are tested.
    os.environ.setdefault("CDK_VALIDATION", "false")
