const { DynamoDBClient, GetItemCommand } = require("@aws-sdk/client-dynamodb");

const client = new DynamoDBClient();

/** Answers `{"orderId": ...}` with the order. */
exports.handler = async (event) => {
  const found = await client.send(
    new GetItemCommand({ TableName: process.env.TABLE, Key: { orderId: { S: event.orderId } } }),
  );
  return found.Item ?? {};
};
