"""Clients of AWS, each made when it is first asked for: a cold start pays for no more than it uses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import Any, Final

from ..transport.client_witness import ClientWitness
from ..transport.dynamodb_json import HttpTransport
from ..transport.lambda_environment import LambdaEnvironment
from ..transport.late_grants import LateGrants
from ..transport.patient_client import make_patient
from ..transport.state_client import PATIENCE_SECONDS, StateClient
from .cloudformation.stacks import StackClient
from .surroundings import Variables

# Seconds to connect and to read, and how often a request is sent. One that hangs must not outlast the lock's lease.
_STATE: Final = (3.0, 10.0, 8)
# For requests that must not hold up an answer: where there is no way to the service, they give up in seconds.
_BRIEF: Final = (2.0, 2.0, 2)
_STACKS: Final = (3.0, 5.0, 3)
_METRICS: Final = (2.0, 3.0, 2)
# Whoever sends events waits for two seconds in all, whatever these come to.
_EVENTS: Final = (1.0, 1.0, 2)
_TOPIC: Final = (3.0, 5.0, 3)
# For a run whose time is up: where there is no way to these services, it must still be told before Lambda ends it.
_LONG_RUNS: Final = (2.0, 3.0, 2)


class Clients:
    """
    The clients of one process.

    Those that a deploy with nothing to do needs cost no import of boto3, where the environment is that of a plain
    function: there a client of the SDK would send the same requests to the same places.

    Args:
        environ: The environment's variables.

    Attributes:
        late_grants: What the engine's clients, and the one for the migrations, wait for.
        witness: Sees the requests of the migrations' client.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.late_grants = LateGrants()
        self.witness = ClientWitness()
        self._environment = LambdaEnvironment.read(environ)
        # A migration that sets another region or address means it for its own requests.
        self._variables = Variables()
        self._one_at_a_time = Lock()

    @property
    def dynamodb(self) -> Any:
        """boto3's client of DynamoDB, for the migrations."""
        # Two threads of a migration may ask for it at once, and for the first time.
        with self._one_at_a_time:
            return self._dynamodb

    @cached_property
    def state(self) -> Any:
        """DynamoDB, for the engine's own requests."""
        return self._for_state(*_STATE, grants=self.late_grants)

    @cached_property
    def brief_state(self) -> Any:
        """DynamoDB, for requests that must not hold up an answer."""
        return self._for_state(*_BRIEF)

    @cached_property
    def cloudformation(self) -> Any:
        """CloudFormation, for the status of stacks. In a VPC there may be no way to it, so it gives up in seconds."""
        connect, read, attempts = _STACKS
        if self._environment is None:
            return self._client("cloudformation", connect, read, attempts, grants=self.late_grants)
        pool = self._environment.pool("cloudformation", connect_timeout=connect, read_timeout=read)
        return StackClient(pool, attempts=attempts, grants=self.late_grants)

    @cached_property
    def cloudwatch(self) -> Any:
        """boto3's client of CloudWatch. In a VPC there may be no way to it, so it gives up in seconds."""
        return self._client("cloudwatch", *_METRICS)

    @cached_property
    def alarms(self) -> Any:
        """The same for alarms: their grant is awaited, as a migration does not begin without them."""
        return self._client("cloudwatch", *_METRICS, grants=self.late_grants)

    @cached_property
    def events(self) -> Any:
        """boto3's client of EventBridge, made where a team asked for events."""
        return self._client("events", *_EVENTS)

    @cached_property
    def topic(self) -> Any:
        """boto3's client of SNS, made where an alarm is told of."""
        return self._client("sns", *_TOPIC)

    @cached_property
    def logs(self) -> Any:
        """boto3's client of CloudWatch Logs, made where the watch function has to look up what it saw before."""
        return self._client("logs", *_METRICS)

    @cached_property
    def ssm(self) -> Any:
        """boto3's client of Parameter Store, made where a run goes on in the state machine."""
        return self._client("ssm", *_LONG_RUNS, grants=self.late_grants)

    @cached_property
    def stepfunctions(self) -> Any:
        """boto3's client of Step Functions, made there too."""
        return self._client("stepfunctions", *_LONG_RUNS, grants=self.late_grants)

    def lambda_for(self, seconds: float, *, region: str = "") -> Any:
        """
        A client for calls of functions that may take *seconds* each; no call is ever repeated.

        Args:
            region: Theirs; empty: this function's own.
        """
        return self._client("lambda", 3.0, seconds, 1, region=region)

    @cached_property
    def _dynamodb(self) -> Any:
        # A migration may use many threads.
        return self._client("dynamodb", *_STATE, grants=self.late_grants, witness=self.witness, max_pool_connections=50)

    def _for_state(self, connect: float, read: float, attempts: int, grants: LateGrants | None = None) -> Any:
        if self._environment is None:
            return self._client("dynamodb", connect, read, attempts, grants=grants)
        pool = self._environment.pool("dynamodb", connect_timeout=connect, read_timeout=read)
        patience = PATIENCE_SECONDS if grants else (connect + read) * attempts
        return StateClient(HttpTransport(pool), attempts=attempts, patience=patience, grants=grants)

    def _client(
        self,
        service: str,
        connect: float,
        read: float,
        attempts: int,
        *,
        grants: LateGrants | None = None,
        witness: ClientWitness | None = None,
        region: str = "",
        **config: Any,
    ) -> Any:
        import boto3
        from botocore.config import Config

        with self._variables.as_before():
            # Typed by the service's name, which mypy wants written out. CloudWatch's is made in a thread beside others,
            # and one session can't make two at a time.
            session = boto3.Session()
            if grants is not None:
                make_patient(session, service, grants, witness)
            make: Any = session.client
            return make(
                service,
                region_name=region or None,
                config=Config(
                    tcp_keepalive=True,
                    connect_timeout=connect,
                    read_timeout=read,
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    **config,
                ),
            )
