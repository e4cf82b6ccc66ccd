"""A bookshop that was there before: two services, and a stage to try things in beside the one of its customers."""

import os

import aws_cdk as cdk
from bookshop.stage import Bookshop

app = cdk.App()
here = cdk.Environment(account=os.environ["CDK_DEFAULT_ACCOUNT"], region=os.environ["CDK_DEFAULT_REGION"])

Bookshop(app, "Test", env=here, lasting=False)
Bookshop(app, "Prod", env=here, in_vpc=True)

app.synth()
