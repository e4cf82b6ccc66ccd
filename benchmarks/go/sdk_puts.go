package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// putRaw leaves the orders as the SDK hands them over, and writes them whole, whatever has become of them.
func putRaw(ctx context.Context, client *dynamodb.Client, table string, orders []item) error {
	writes := make([]types.WriteRequest, len(orders))
	for number, order := range orders {
		order["status"] = rawStatus(order)
		writes[number] = put(order)
	}
	return writeAll(ctx, client, table, writes)
}

// putMaps does so with orders of Go's types, as the SDK's guide has it. Numbers are float64 then, the SDK's default.
func putMaps(ctx context.Context, client *dynamodb.Client, table string, orders []item) error {
	writes := make([]types.WriteRequest, len(orders))
	for number, raw := range orders {
		var order map[string]any
		if err := attributevalue.UnmarshalMap(raw, &order); err != nil {
			return err
		}
		paid, _ := order["paid"].(bool)
		order["status"] = status(paid)
		changed, err := attributevalue.MarshalMap(order)
		if err != nil {
			return err
		}
		writes[number] = put(changed)
	}
	return writeAll(ctx, client, table, writes)
}

func put(order item) types.WriteRequest {
	return types.WriteRequest{PutRequest: &types.PutRequest{Item: order}}
}

// writeAll sends again what came back unprocessed.
func writeAll(ctx context.Context, client *dynamodb.Client, table string, writes []types.WriteRequest) error {
	left := map[string][]types.WriteRequest{table: writes}
	for len(left) > 0 {
		answer, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: left})
		if err != nil {
			return err
		}
		left = answer.UnprocessedItems
	}
	return nil
}
