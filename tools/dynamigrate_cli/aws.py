"""AWS as the settings have it: clients, and what their errors mean to whoever sits at this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from .faults import Fault, Unreachable, UsedWrongly
from .settings import Settings

if TYPE_CHECKING:
    import boto3

_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN_KEY: Final = frozenset(
    {
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
        "IncompleteSignature",
    }
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"})
_NO_LOGIN: Final = frozenset(
    {"SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError", "LoginRefreshRequired"}
)
_NO_CREDENTIALS: Final = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_NO_WAY: Final = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "SSLError",
    }
)
# Seconds. A person waits for the first request, and mostly knows at once what is wrong with the endpoint.
_CONNECT: Final = 3.0
_READ: Final = 5.0
_FIRST_PATIENCE: Final = 3.0
# In the other modes every error says that it was the last attempt.
_ONCE: Final = {"total_max_attempts": 1, "mode": "legacy"}
# What AWS's SDKs read, where no setting of ours names an endpoint.
_AWS_ENDPOINT: Final = "AWS_ENDPOINT_URL"


class Aws:
    """
    The account and region that a command is about.

    Loading the SDK takes longer than all else that a command does at first, so it is loaded with the first client.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def session(self) -> boto3.Session:
        """
        Raises:
            UsedWrongly: There is no such profile.
        """
        import boto3
        import botocore.exceptions

        profile = self._settings.text("profile") or None
        try:
            return boto3.Session(profile_name=profile, region_name=self._settings.text("region") or None)
        except botocore.exceptions.ProfileNotFound as error:
            raise _no_profile(profile) from error
        except botocore.exceptions.BotoCoreError as error:
            raise UsedWrongly(f"AWS's own settings can't be read: {error}.", kind=type(error).__name__) from error

    def client(self, service: str, **config: Any) -> Any:
        """
        A client of *service*.

        Raises:
            UsedWrongly: There is no region, or an endpoint that is no URL.
        """
        import botocore.exceptions
        from botocore.config import Config

        try:
            return self.session.client(  # type: ignore[call-overload]
                service, endpoint_url=self._settings.text("endpoint-url") or None, config=Config(**config)
            )
        except botocore.exceptions.NoRegionError as error:
            raise UsedWrongly(
                "No AWS region is given.",
                'Give --region eu-central-1, for example, or region = "eu-central-1" in [tool.dynamigrate].',
                kind="NoRegion",
            ) from error
        except ValueError as error:
            raise UsedWrongly(
                f"{self._settings.given['endpoint-url'].origin}: {error}.", kind="InvalidSetting"
            ) from error

    def asking_client(self, service: str) -> Any:
        """A client of *service* for requests that a person waits for: it soon says where nothing answers."""
        return self.client(service, connect_timeout=_CONNECT, read_timeout=20, retries={"total_max_attempts": 2})

    def state_client(self) -> Any:
        """
        A client of DynamoDB for the state, whose requests the engine sends again by itself: for some seconds only, until
        one of them has been answered.
        """
        client = self.client("dynamodb", connect_timeout=_CONNECT, read_timeout=_READ, retries=_ONCE)
        client.patience = _FIRST_PATIENCE

        def answered(**_: Any) -> None:
            vars(client).pop("patience", None)

        client.meta.events.register("after-call.dynamodb", answered)
        return client

    @property
    def endpoint(self) -> tuple[str, str]:
        """Which one is asked, where that is no usual one, and what says so."""
        given = self._settings.given["endpoint-url"]
        if given.value:
            return str(given.value), given.origin
        return os.environ.get(_AWS_ENDPOINT, ""), _AWS_ENDPOINT

    @property
    def place(self) -> str:
        """Where that is, in words: region, and profile or endpoint where one is given."""
        region = self.session.region_name or "no region"
        profile, (endpoint, _origin) = self._settings.text("profile"), self.endpoint
        return region + (f" (profile {profile})" if profile else "") + (f" at {endpoint}" if endpoint else "")

    @contextmanager
    def explained(self, purpose: str) -> Iterator[None]:
        """
        A block whose requests are for *purpose*, such as ``read stack Orders``.

        Raises:
            Fault: One of them failed.
        """
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise self.fault(error, purpose) from error

    def fault(self, error: BaseException, purpose: str) -> Fault:
        """What *error* means."""
        code, said = _code(error)
        hint = self.hint(error)
        kind = code or type(error).__name__
        message = f"Could not {purpose} in {self.place}: {said or error}".rstrip(".") + "."
        return Unreachable(message, hint or "Try again; `dynamigrate config` shows what was asked where.", kind=kind)

    def hint(self, error: BaseException) -> str:
        """What would mend *error*, an error of AWS or of its SDK; empty: unknown."""
        code, said = _code(error)
        kind = type(error).__name__
        profile = self._settings.text("profile")
        login = f"aws sso login{f' --profile {profile}' if profile else ''}"
        if kind in _NO_CREDENTIALS:
            return (
                "There are no AWS credentials here: set AWS_PROFILE or give --profile NAME, or log in with "
                f"`{login}` or `aws configure`."
            )
        if kind in _NO_LOGIN or code in _EXPIRED:
            return f"Your AWS credentials have expired: get new ones, for example with `{login}`, and run it again."
        if code in _UNKNOWN_KEY:
            return (
                "AWS does not know these credentials: `aws sts get-caller-identity` shows whose they are; "
                "give --profile NAME for others."
            )
        if code in _DENIED:
            return (
                f"Your AWS identity needs {_action(said)}: ask whoever grants it, or give --profile NAME for another."
            )
        endpoint, origin = self.endpoint
        # A code of three digits is HTTP's own: who answered knows no codes of AWS.
        if kind == "ResponseParserError" or (code.isdigit() and code.startswith("4")):
            where = f"{endpoint} ({origin})" if endpoint else "there"
            return f"What answers at {where} is not AWS: check the endpoint, the proxy, and --region."
        if kind in _NO_WAY:
            if endpoint:
                return f"Nothing answers at {endpoint} ({origin}): start it, or leave that setting out."
            return "Nothing answers there: check the network, the VPN or proxy, and --region."
        if code == "ResourceNotFoundException":
            return "What was asked for is not there: check its name, --region and --profile (`dynamigrate config`)."
        return ""


def _no_profile(profile: str | None) -> UsedWrongly:
    import boto3

    where = "" if profile else " (AWS_PROFILE)"
    # With the variable as it is, the SDK could not even list them.
    named = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "''"
    known = ", ".join(boto3.Session().available_profiles) if profile else ""
    return UsedWrongly(
        f"There is no profile {named}{where} in AWS's settings.",
        f"The profiles are {known}." if known else "`aws configure --profile NAME` makes one.",
        kind="ProfileNotFound",
    )


def _code(error: BaseException) -> tuple[str, str]:
    """Code and message of an error that AWS answered with; empty for another."""
    response = getattr(error, "response", None)
    found = response.get("Error", {}) if isinstance(response, dict) else {}
    return str(found.get("Code", "")), str(found.get("Message", ""))


def _action(said: str) -> str:
    """The action that AWS says was denied: ``lambda:InvokeFunction``."""
    words = said.replace(":", " : ").split()
    for before, middle, after in zip(words, words[1:], words[2:], strict=False):
        if middle == ":" and before.islower() and after[:1].isupper() and before not in {"arn", "aws"}:
            return f"{before}:{after.strip('.,')}"
    return "the permission that was denied"
