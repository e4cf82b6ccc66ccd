"""Three stages of a shop, as far as the command line sees them: stacks whose functions answer how they stand."""

import json
from typing import Any, Final

from dynamigrate_local_aws import LocalAws

_MIGRATIONS: Final = (
    ("20261102090000", "create statuses"),
    ("20261109143000", "store totals in cents"),
    ("20261116101500", "spell out statuses"),
    ("20261123090000", "drop price"),
)
_CODE: Final = """
import json
ANSWERS = json.loads('''{answers}''')
def handle(event, context):
    return ANSWERS[event["action"]]
"""
_DIRTY: Final = {
    "migration": "20261116101500",
    "found": "failed",
    "next": {"action": "repair", "migration": "20261116101500", "as": "pending", "confirm": True},
}


def deploy_stages(aws: LocalAws) -> None:
    """*Shop-Dev* has all; *Shop-Test* lacks the newest; in *Shop-Live* one has failed, and the newest is not deployed."""
    _deploy(aws, "Shop-Dev", ("applied",) * 4, _run("2026-11-26T08:41:10.000Z", "succeeded"))
    _deploy(
        aws,
        "Shop-Test",
        ("applied", "applied", "applied", "pending"),
        _run("2026-11-25T16:02:44.000Z", "succeeded"),
        next={"action": "migrate"},
    )
    _deploy(
        aws,
        "Shop-Live",
        ("applied", "applied", "dirty"),
        _run("2026-11-26T09:12:31.000Z", "failed"),
        dirty=[_DIRTY],
        next=_DIRTY["next"],
    )


def _run(began: str, result: str) -> dict[str, Any]:
    return {"run_id": "20261126T091231Z-5f0c1d2e", "started_at": began, "command": "migrate", "result": result}


def _deploy(aws: LocalAws, name: str, states: tuple[str, ...], run: dict[str, Any], **more: Any) -> None:
    rows = [
        {"id": migration, "description": text, "state": state}
        for (migration, text), state in zip(_MIGRATIONS, states, strict=False)
    ]
    counts = {state: states.count(state) for state in ("applied", "pending", "dirty", "missing")}
    current = max(row["id"] for row in rows if row["state"] == "applied")
    status = {"ok": True, "current": current, "counts": counts, **more, "lock": {"held": False}, "migrations": rows}
    answers = json.dumps({"status": status, "history": {"ok": True, "runs": [run]}}).replace("'", "\\'")
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": f"{name}-Migrations",
            "Runtime": "python3.13",
            "Handler": "index.handle",
            "Role": "arn:aws:iam::000000000000:role/looks",
            "Code": {"ZipFile": _CODE.format(answers=answers)},
        },
    }
    command = (
        f"echo '{{}}' | aws lambda invoke --function-name {name}-Migrations --payload fileb:///dev/stdin /dev/stdout"
    )
    template = {"Resources": {"Function": function}, "Outputs": {"StatusCommandD169C9A6": {"Value": command}}}
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
