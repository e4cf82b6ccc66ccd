"""What the widget says of itself to whoever puts it on a dashboard."""

from __future__ import annotations

from typing import Final

from .parameters import MOST_FUNCTIONS, ROWS, RUNS

DESCRIPTION: Final = f"""\
## The migrations of a DynamoDB history

Every migration with its state, when it ran and how long that took; how far those are that run now; who holds the lock; \
the last runs; and, where something is wrong, what it is and the command to type. It only reads. Its buttons (pause, \
resume) call the function that migrates, with the rights of whoever clicks.

### Parameters

| name | what it is | unless given |
|---|---|---|
| `functions` | other histories to show beside this one, at most {MOST_FUNCTIONS}: a name for each, and the ARN of its widget function | none |
| `name` | what this history is called beside those | its stack and path |
| `rows` | how many migrations are seen without opening more | {ROWS} |
| `runs` | how many of the last runs are shown | {RUNS} |

### Example

```yaml
name: staging
functions:
  prod: arn:aws:lambda:eu-central-1:111122223333:function:OrderMigrations-Widget
```
"""
