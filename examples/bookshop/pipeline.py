"""The same stages, deployed by a pipeline of its own: cdk deploy --app "python3 pipeline.py"."""

import os

import aws_cdk as cdk
from aws_cdk import pipelines
from bookshop.stage import Bookshop

app = cdk.App()
here = cdk.Environment(account=os.environ["CDK_DEFAULT_ACCOUNT"], region=os.environ["CDK_DEFAULT_REGION"])
stack = cdk.Stack(app, "BookshopPipeline", env=here)

pipeline = pipelines.CodePipeline(
    stack,
    "Pipeline",
    cross_account_keys=True,
    synth=pipelines.ShellStep(
        "Synth",
        input=pipelines.CodePipelineSource.connection(
            "team/bookshop",
            "main",
            connection_arn=stack.format_arn(
                service="codestar-connections", resource="connection", resource_name="team"
            ),
        ),
        commands=["pip install -r requirements.txt", "npx cdk@2 synth --app 'python3 pipeline.py'"],
    ),
)
pipeline.add_stage(Bookshop(stack, "Test", env=here, lasting=False))
pipeline.add_stage(Bookshop(stack, "Prod", env=here, in_vpc=True), pre=[pipelines.ManualApprovalStep("Promote")])

app.synth()
