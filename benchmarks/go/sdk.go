package main

import (
	"context"
	"iter"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const region = "us-east-1"

// item is one as the SDK hands it over, with DynamoDB's types.
type item = map[string]types.AttributeValue

// writer writes the status of up to batchSize orders that were read of a table.
type writer func(ctx context.Context, client *dynamodb.Client, table string, orders []item) error

// sdk is a program on AWS's SDK, with a goroutine for each segment of a parallel scan; they share a client. It reads
// whole orders, or no more than the attributes that it is given.
func sdk(write writer, segments int, attributes ...string) func(endpoint string) (rewrite, error) {
	return func(endpoint string) (rewrite, error) {
		client := newClient(endpoint)
		return func(ctx context.Context, table string) error {
			if segments == 1 {
				return rewriteOrders(ctx, client, scanInput(table, attributes), write)
			}
			// The first that fails ends the others.
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			var group sync.WaitGroup
			for segment := range segments {
				input := scanInput(table, attributes)
				input.Segment, input.TotalSegments = aws.Int32(int32(segment)), aws.Int32(int32(segments))
				group.Go(func() {
					if err := rewriteOrders(ctx, client, input, write); err != nil {
						cancel(err)
					}
				})
			}
			group.Wait()
			return context.Cause(ctx)
		}, nil
	}
}

func scanInput(table string, attributes []string) *dynamodb.ScanInput {
	input := &dynamodb.ScanInput{TableName: &table}
	if len(attributes) == 0 {
		return input
	}
	input.ExpressionAttributeNames = map[string]string{}
	placeholders := make([]string, len(attributes))
	for number, name := range attributes {
		placeholders[number] = "#" + strconv.Itoa(number)
		input.ExpressionAttributeNames[placeholders[number]] = name
	}
	input.ProjectionExpression = aws.String(strings.Join(placeholders, ","))
	return input
}

func newClient(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       region,
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
				SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
			}, nil
		}),
		// With the default of 10, most of 32 goroutines would open a connection for each request.
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
			transport.MaxIdleConnsPerHost = 2 * workers
		}),
	})
}

func rewriteOrders(ctx context.Context, client *dynamodb.Client, input *dynamodb.ScanInput, write writer) error {
	batch := make([]item, 0, batchSize)
	for order, err := range scan(ctx, client, input) {
		if err != nil {
			return err
		}
		if batch = append(batch, order); len(batch) == batchSize {
			if err := write(ctx, client, *input.TableName, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return write(ctx, client, *input.TableName, batch)
}

// scan yields all orders, page after page; an error is the last.
func scan(ctx context.Context, client *dynamodb.Client, input *dynamodb.ScanInput) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		pages := dynamodb.NewScanPaginator(client, input)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, order := range page.Items {
				if !yield(order, nil) {
					return
				}
			}
		}
	}
}
