package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// updateRaw leaves the orders as the SDK hands them over, without a conversion to Go's types, and back.
func updateRaw(ctx context.Context, client *dynamodb.Client, table string, orders []item) error {
	parameters := make([][]types.AttributeValue, len(orders))
	for number, order := range orders {
		parameters[number] = []types.AttributeValue{rawStatus(order), order["id"], order["paid"]}
	}
	return execute(ctx, client, statement(table), parameters)
}

// updateMaps has orders of Go's types, for which the program need know nothing of DynamoDB's.
func updateMaps(ctx context.Context, client *dynamodb.Client, table string, orders []item) error {
	parameters := make([][]types.AttributeValue, len(orders))
	for number, raw := range orders {
		var order map[string]any
		if err := attributevalue.UnmarshalMap(raw, &order); err != nil {
			return err
		}
		paid, _ := order["paid"].(bool)
		values, err := attributevalue.MarshalList([]any{status(paid), order["id"], order["paid"]})
		if err != nil {
			return err
		}
		parameters[number] = values
	}
	return execute(ctx, client, statement(table), parameters)
}

// statement sets the status on the condition that what was read of the order is as it was, as the engine's does. Its
// parameters are the status, the id, and whether it is paid.
func statement(table string) string {
	return `UPDATE "` + table + `" SET "status"=? WHERE "id"=? AND "paid"=? AND "status" IS MISSING`
}

func execute(ctx context.Context, client *dynamodb.Client, text string, parameters [][]types.AttributeValue) error {
	statements := make([]types.BatchStatementRequest, len(parameters))
	for number, values := range parameters {
		statements[number] = types.BatchStatementRequest{Statement: &text, Parameters: values}
	}
	answer, err := client.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err != nil {
		return err
	}
	for _, one := range answer.Responses {
		// An order that has changed since it was read stays as it is.
		if one.Error != nil && one.Error.Code != types.BatchStatementErrorCodeEnumConditionalCheckFailed {
			return fmt.Errorf("a statement failed: %s", one.Error.Code)
		}
	}
	return nil
}

func rawStatus(order item) types.AttributeValue {
	paid, _ := order["paid"].(*types.AttributeValueMemberBOOL)
	return &types.AttributeValueMemberS{Value: status(paid != nil && paid.Value)}
}
