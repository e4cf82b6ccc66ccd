import { App, Stack } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { Asset } from "aws-cdk-lib/aws-s3-assets";

const app = new App();

// The application's tables, and beside them the two of the history: they outlive every deploy that fails.
const data = new Stack(app, "OrdersData");
const orders = new TableV2(data, "Orders", {
  partitionKey: { name: "orderId", type: AttributeType.STRING },
});
const state = new CfnInclude(data, "State", { templateFile: "packaged/state.json" });

const migrations = new Stack(app, "OrdersMigrations");
const code = new Asset(migrations, "Code", { path: "packaged/function.zip" });
const responderCode = new Asset(migrations, "ResponderCode", { path: "packaged/responder.zip" });
new CfnInclude(migrations, "Package", {
  templateFile: "packaged/template.json",
  parameters: {
    CodeBucket: code.s3BucketName,
    FunctionCodeKey: code.s3ObjectKey,
    ResponderCodeKey: responderCode.s3ObjectKey,
    MigrationsTable: state.getResource("StateMigrations").ref,
    LockTable: state.getResource("StateLock").ref,
    OrdersTable: orders.tableName,
    DeployId: new Date().toISOString(),
    Repair: app.node.tryGetContext("repair") ?? "",
  },
});

const application = new Stack(app, "OrdersApplication");
const summary = new Function(application, "Summary", {
  runtime: Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: Code.fromAsset("service"),
  environment: { TABLE: orders.tableName },
});
orders.grantReadData(summary);
// Not before the migrations have run.
application.addDependency(migrations);
