"""An order service: its data, the migrations of that data, an application that waits for them, and what waits for it."""

import aws_cdk as cdk

from order_service import AfterStack, ApplicationStack, DataStack, MigrationsStack, Settings

app = cdk.App()
settings = Settings.from_context(app)

data = DataStack(app, f"{settings.prefix}Data", settings=settings)
migrations = MigrationsStack(app, f"{settings.prefix}Migrations", settings=settings, data=data)
application = ApplicationStack(
    app, f"{settings.prefix}Application", settings=settings, data=data, migrations=migrations
)
migrations.migrations.execute_before(application)
after = AfterStack(app, f"{settings.prefix}After", settings=settings, migrations=migrations)
after.migrations.execute_after(application)

cdk.Tags.of(app).add("service", "orders")

app.synth()
