package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// updates are conditional statements. What they set and compare is enough of an order, as it is for the engine, once it
// has learned that; status is a reserved word.
var updates = batching{
	operation:   "BatchExecuteStatement",
	projection:  `,"ProjectionExpression":"id,paid,#s","ExpressionAttributeNames":{"#s":"status"}`,
	begin:       func(string) string { return `{"Statements":[` },
	end:         `]}`,
	appendEntry: appendStatement,
	unwritten:   failedStatement,
}

// puts are whole items.
var puts = batching{
	operation:   "BatchWriteItem",
	begin:       func(table string) string { return `{"RequestItems":{"` + table + `":[` },
	end:         `]}}`,
	appendEntry: appendPut,
	unwritten:   unprocessed,
}

func appendStatement(body []byte, table string, order []byte, paid bool) []byte {
	id := order[len(orderBegin):]
	id = id[:bytes.IndexByte(id, '"')]
	body = append(body, `{"Statement":"UPDATE \"`...)
	body = append(body, table...)
	body = append(body, `\" SET \"status\"=? WHERE \"id\"=? AND \"paid\"=? AND \"status\" IS MISSING","Parameters":[{"S":"`...)
	body = append(body, status(paid)...)
	body = append(body, `"},{"S":"`...)
	body = append(body, id...)
	if paid {
		return append(body, `"},{"BOOL":true}]}`...)
	}
	return append(body, `"},{"BOOL":false}]}`...)
}

func failedStatement(answer []byte) ([]byte, error) {
	if !bytes.Contains(answer, []byte(`"Error"`)) {
		return nil, nil
	}
	var parsed struct {
		Responses []struct{ Error struct{ Code string } }
	}
	if err := json.Unmarshal(answer, &parsed); err != nil {
		return nil, err
	}
	for _, one := range parsed.Responses {
		// An order that has changed since it was read stays as it is.
		if code := one.Error.Code; code != "" && code != "ConditionalCheckFailed" {
			return nil, fmt.Errorf("a statement failed: %s", code)
		}
	}
	return nil, nil
}

func appendPut(body []byte, _ string, order []byte, paid bool) []byte {
	body = append(body, `{"PutRequest":{"Item":`...)
	// Without the brace that ends it, to go on with one more attribute.
	body = append(body, order[:len(order)-1]...)
	body = append(body, `,"status":{"S":"`...)
	body = append(body, status(paid)...)
	return append(body, `"}}}}`...)
}

func unprocessed(answer []byte) ([]byte, error) {
	if bytes.Contains(answer, []byte(`"UnprocessedItems":{}`)) {
		return nil, nil
	}
	var parsed struct{ UnprocessedItems json.RawMessage }
	if err := json.Unmarshal(answer, &parsed); err != nil {
		return nil, err
	}
	if len(parsed.UnprocessedItems) == 0 {
		return nil, nil
	}
	return []byte(`{"RequestItems":` + string(parsed.UnprocessedItems) + `}`), nil
}
