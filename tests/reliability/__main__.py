"""
The reliability figures.

    python -m tests.reliability          every fault at every request, deaths, chaos, the model test
    python -m tests.reliability chaos    chaos on the lock alone
"""

import argparse
import sys
from collections.abc import Sequence

from local_aws import LocalAws

from . import chaos


def _chaos(endpoint: str, options: argparse.Namespace) -> int:
    report = chaos.Chaos(
        endpoint, commits=options.commits, seconds=options.seconds, workers=options.workers, seed=options.seed
    ).run()
    print(f"chaos: {report.seconds:.0f} seconds, {options.workers} processes")
    for name, value in chaos.lines(report):
        print(f"  {name:<40}{value:>8}")
    for error in report.errors:
        print(f"  {error}")
    return report.violations


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description="The reliability figures.")
    parser.add_argument("part", nargs="?", choices=("all", "chaos"), default="all")
    parser.add_argument("--commits", type=int, default=1000, help="stop after so many (%(default)s)")
    parser.add_argument("--seconds", type=float, default=900, help="stop after so long (%(default)s)")
    parser.add_argument("--workers", type=int, default=5, help="processes that contend (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is done to whom (%(default)s)")
    parser.add_argument("--endpoint", help="of a DynamoDB on this machine; the embedded AWS unless given")
    options = parser.parse_args(arguments)
    if options.endpoint:
        return min(1, _chaos(options.endpoint, options))
    with LocalAws.start() as aws:
        return min(1, _chaos(aws.endpoint_url, options))


if __name__ == "__main__":
    sys.exit(main())
