"""Runs the example and then `nagged.py` in one process: most of either is loading this aws_cdk."""

import os
import runpy
import sys

example, nagged, directory, folder = sys.argv[1:]
# Its assembly goes where CDK_OUTDIR said when Node was started.
runpy.run_path(example, run_name="__main__")
os.environ["CDK_OUTDIR"] = directory
sys.argv = [nagged, folder]
runpy.run_path(nagged, run_name="__main__")
