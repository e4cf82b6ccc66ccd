"""
Another app, as it is, but deployed with the credentials of whoever runs the CDK CLI.

Its program is the argument. Where IAM is enforced, the roles that `cdk bootstrap` makes can't publish assets to the
embedded AWS.
"""

import functools
import runpy
import sys

import aws_cdk as cdk

cdk.App = functools.partial(  # type: ignore[misc, assignment]
    cdk.App, default_stack_synthesizer=cdk.CliCredentialsStackSynthesizer()
)
runpy.run_path(sys.argv[1], run_name="__main__")
