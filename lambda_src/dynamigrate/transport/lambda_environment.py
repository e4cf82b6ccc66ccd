"""How a Lambda function reaches AWS, as its environment says it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import botocore

from .connection_pool import ConnectionPool

# "Using environment variables" in Lambda's developer guide has what each function has. Any other of these names is a
# setting of the SDK's, and asks for something that is not done here; but for host prefixes, which no request here has.
_KNOWN: Final = re.compile(
    r"AWS_(DEFAULT_REGION|REGION|ACCESS_KEY(_ID)?|SECRET_(ACCESS_)?KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_\w+|XRAY_\w+"
    r"|ENDPOINT_URL(_\w+)?|DISABLE_HOST_PREFIX_INJECTION)"
)
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
# The partitions in which an endpoint is called ``<service>.<region>.amazonaws.com``: endpoints.json in botocore.
_REGION: Final = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+|us-gov-\w+-\d+")


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A function's, which are the same for as long as its process lives."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)

    def get_frozen_credentials(self) -> Credentials:
        """The credentials, by the name that botocore's have for that."""
        return self


@dataclass(frozen=True, kw_only=True)
class LambdaEnvironment:
    """
    Attributes:
        endpoints: What the environment says of services' endpoints, by its variables' names.
        agent: For the User-Agent.
    """

    region: str
    credentials: Credentials
    endpoints: Mapping[str, str]
    agent: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> LambdaEnvironment | None:
        """
        None where anything is not as it is in a plain function: another source of credentials, a proxy, a profile, a
        region in another partition. There the SDK has to be asked.
        """
        region = environ.get("AWS_DEFAULT_REGION", "")
        access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
        plain = (
            access_key
            and secret_key
            and _REGION.fullmatch(region)
            and all(_KNOWN.fullmatch(name) for name in environ if name.startswith("AWS_"))
            and not any(environ.get(name) or environ.get(name.upper()) for name in _PROXIES)
            and not environ.get("REQUESTS_CA_BUNDLE")
            and not _has_files()
        )
        if not plain:
            return None
        execution = environ.get("AWS_EXECUTION_ENV", "")
        return cls(
            region=region,
            credentials=Credentials(
                access_key=access_key, secret_key=secret_key, token=environ.get("AWS_SESSION_TOKEN", "")
            ),
            endpoints={name: url for name, url in environ.items() if name.startswith("AWS_ENDPOINT_URL") and url},
            agent=f"exec-env/{execution}" if execution else "",
        )

    def pool(self, service: str, *, connect_timeout: float, read_timeout: float) -> ConnectionPool:
        """
        To *service*, such as ``dynamodb``.

        Args:
            connect_timeout: Seconds; so is *read_timeout*.
        """
        own = self.endpoints.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self.endpoints.get("AWS_ENDPOINT_URL")
        bundle = Path(botocore.__file__).with_name("cacert.pem")
        return ConnectionPool(
            own or f"https://{service}.{self.region}.amazonaws.com",
            self.credentials,
            region=self.region,
            service=service,
            # What the SDK trusts, and no more.
            verify=str(bundle) if bundle.exists() else True,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            agent=self.agent,
        )


def _has_files() -> bool:
    """Whether there are settings in the SDK's files."""
    try:
        folder = Path.home() / ".aws"
    except RuntimeError:
        return False
    # Not Path.exists, which raises where the folder may not be looked into; neither does the SDK look there.
    return any(os.path.exists(folder / name) for name in ("config", "credentials"))  # noqa: PTH110
