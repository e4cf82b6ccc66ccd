"""What the widget says of itself to whoever puts it on a dashboard."""

from __future__ import annotations

from typing import Final

DESCRIPTION: Final = """\
## The migrations of a history

Every migration with its state, when it ran and how long it took, how far it is, and what to do next.

### Parameters

| name | what it is |
|---|---|
| `functions` | other histories beside this one: a name for each, and the ARN of its widget function |

### Example

```yaml
functions:
  prod: arn:aws:lambda:eu-central-1:111122223333:function:Migrations-WidgetFunction-1A2B
```
"""
