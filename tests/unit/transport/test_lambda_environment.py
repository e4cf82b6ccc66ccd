"""A plain function's environment is read as the SDK reads it, and any other is left to the SDK."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from dynamigrate.transport.lambda_environment import LambdaEnvironment

PLAIN = {
    "AWS_REGION": "eu-north-1",
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "a/secret",
    "AWS_SESSION_TOKEN": "a/token==",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_NAME": "Migrations",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
    "LAMBDA_TASK_ROOT": "/var/task",
    "DYNAMIGRATE_LOCK_ID": "migrations",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Without any files of the SDK's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def _read(**changes: str) -> LambdaEnvironment:
    found = LambdaEnvironment.read(PLAIN | changes)
    assert found is not None
    return found


def _url(environment: LambdaEnvironment, service: str = "dynamodb") -> str:
    return environment.pool(service, connect_timeout=1, read_timeout=1).endpoint.url


def test_a_plain_one_has_all_that_is_needed() -> None:
    """Region, credentials, and what to call itself."""
    found = _read()
    frozen = found.credentials.get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == ("ASIAEXAMPLE", "a/secret", "a/token==")
    assert (found.region, found.agent) == ("eu-north-1", "exec-env/AWS_Lambda_python3.13")
    assert "secret" not in repr(found)
    assert "token" not in repr(found).replace("token=", "")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"])
def test_endpoints_are_the_sdks(partition: str) -> None:
    """In every region that it knows; those of other partitions are left to it."""
    regions = boto3.session.Session().get_available_regions("dynamodb", partition_name=partition)
    read = 0
    for region in regions:
        found = LambdaEnvironment.read(PLAIN | {"AWS_DEFAULT_REGION": region})
        if found is None:
            continue
        read += 1
        for service in ("dynamodb", "cloudformation"):
            client: Any = boto3.client(service, region_name=region)
            assert _url(found, service) == client.meta.endpoint_url
    assert read == (len(regions) if partition in ("aws", "aws-us-gov") else 0)


def test_an_endpoint_may_be_given() -> None:
    """For all services, and for one, which goes first."""
    assert _url(_read(AWS_ENDPOINT_URL="http://127.0.0.1:1")) == "http://127.0.0.1:1"
    both = _read(AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:2")
    assert _url(both) == "http://127.0.0.1:2"
    assert _url(both, "cloudformation") == "http://127.0.0.1:1"


def test_the_services_are_reached_by_tls_that_is_verified() -> None:
    """By the certificates that the SDK trusts."""
    context = _read().pool("dynamodb", connect_timeout=1, read_timeout=1).endpoint.context
    assert context is not None
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 50


@pytest.mark.parametrize(
    "changes",
    [
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_DEFAULT_REGION": ""},
        {"AWS_DEFAULT_REGION": "cn-north-1"},
        {"AWS_DEFAULT_REGION": "evil.example/"},
        {"AWS_PROFILE": "other"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/credentials"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_CA_BUNDLE": "/etc/bundle.pem"},
        {"REQUESTS_CA_BUNDLE": "/etc/bundle.pem"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_A_SETTING_THAT_IS_YET_TO_COME": "1"},
        {"HTTPS_PROXY": "http://proxy:3128"},
        {"http_proxy": "http://proxy:3128"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_anything_else_is_left_to_the_sdk(changes: dict[str, str]) -> None:
    """Which knows what it means."""
    assert LambdaEnvironment.read(PLAIN | changes) is None


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_files_of_the_sdks_are_left_to_it(home: Path, name: str) -> None:
    """Whatever is in them."""
    (home / ".aws").mkdir()
    (home / ".aws" / name).touch()
    assert LambdaEnvironment.read(PLAIN) is None
