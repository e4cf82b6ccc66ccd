"""An order service: its data, the migrations of that data, and an application that waits for them."""

import aws_cdk as cdk

from order_service import ApplicationStack, DataStack, MigrationsStack, Settings

app = cdk.App()
settings = Settings.from_context(app)

data = DataStack(app, f"{settings.prefix}Data", settings=settings)
migrations = MigrationsStack(app, f"{settings.prefix}Migrations", settings=settings, data=data)
application = ApplicationStack(
    app, f"{settings.prefix}Application", settings=settings, data=data, migrations=migrations
)
migrations.migrations.execute_before(application)

cdk.Tags.of(app).add("service", "orders")

app.synth()
