"""The stacks of the order service, an example of an application with migrations."""

from .after_stack import AfterStack
from .application_stack import ApplicationStack
from .data_stack import DataStack
from .migrations_stack import MigrationsStack
from .settings import Settings

__all__ = ["AfterStack", "ApplicationStack", "DataStack", "MigrationsStack", "Settings"]
