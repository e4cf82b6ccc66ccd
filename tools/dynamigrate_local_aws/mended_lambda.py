"""
What MiniStack's Lambda does in another way than the service, mended.

For `emulator.py`, in whose process it is loaded: nothing of this project can be imported here.
"""

import threading
import time
from typing import Any

_LOOK_SECONDS = 0.05


def name_errors() -> None:
    """
    Have an error that a function raises go by its class's name, with its traceback, and a process that is gone by
    ``Runtime.ExitError``: "Lambda function errors" in Lambda's developer guide. MiniStack calls each
    ``Runtime.HandlerError``.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    plain = '"error": str(e), "trace": traceback.format_exc()}'
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(plain) != 1:
        raise SystemExit("this version of MiniStack tells of errors in another way")
    named = plain.replace('"trace"', '"type": type(e).__name__, "trace"')
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(plain, named)
    seen = threading.local()
    invoke, execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm

    def invoke_and_note(self: Any, *args: Any, **options: Any) -> Any:
        seen.result = invoke(self, *args, **options)
        return seen.result

    def execute_and_name(*args: Any, **options: Any) -> Any:
        seen.result = None
        outcome = execute(*args, **options)
        body, result = outcome.get("body"), seen.result
        if outcome.get("error") and result and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = result.get("type") or "Runtime.ExitError"
            if result.get("trace"):
                body["stackTrace"] = result["trace"].splitlines()
        return outcome

    lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm = invoke_and_note, execute_and_name


def spare_what_runs() -> None:
    """
    Have an invocation that runs end by itself when its function gets other code or settings, as the service has it:
    only the next one gets them. MiniStack kills its process.
    """
    from ministack.core import lambda_runtime

    kill = lambda_runtime.kill_workers

    def kill_later(worker: Any) -> None:
        while worker.in_use:
            time.sleep(_LOOK_SECONDS)
        kill([worker])

    def kill_idle(workers: Any) -> None:
        at_work = [worker for worker in workers if getattr(worker, "in_use", False)]
        for worker in at_work:
            threading.Thread(target=kill_later, args=(worker,), daemon=True).start()
        kill([worker for worker in workers if worker not in at_work])

    lambda_runtime.kill_workers = kill_idle
