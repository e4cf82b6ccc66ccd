package main

import (
	"bytes"
	"context"
	"errors"
)

const (
	// How an order begins, and what no text in it holds. No key has a character that JSON escapes.
	orderBegin = `{"id":{"S":"`
	paidText   = `"paid":{"BOOL":true}`
	itemsBegin = `"Items":[`
	keyBegin   = `"LastEvaluatedKey":`
)

// batching is one of the two ways to write that the floor knows.
type batching struct {
	operation string
	// Of the scan, as JSON: what to read of an order, if not all of it.
	projection string
	// Before and after the entries of a batch.
	begin func(table string) string
	end   string
	// appendEntry adds the entry of an order, which is as it came.
	appendEntry func(body []byte, table string, order []byte, paid bool) []byte
	// unwritten is the body of one more request if the answer asks for it, and else nil.
	unwritten func(answer []byte) ([]byte, error)
}

// floor is the cheapest program that we could write. It never parses: it knows how these orders are written, finds in
// the text what it needs, and copies bytes. A client that takes any table can't do with less, so this is what the work
// itself costs, with its signatures and its bytes through the kernel.
func floor(how batching) func(endpoint string) (rewrite, error) {
	return func(endpoint string) (rewrite, error) {
		connection, err := connect(endpoint)
		if err != nil {
			return nil, err
		}
		one := &floorClient{batching: how, connection: connection, request: newBody(), batch: newBody()}
		return one.rewrite, nil
	}
}

type floorClient struct {
	batching
	connection *connection
	table      string
	// A batch is filled while a page is read, and a page is read on while batches are sent.
	request, batch []byte
	page, answer   []byte
	entries        int
}

func (f *floorClient) rewrite(_ context.Context, table string) error {
	f.table, f.entries = table, 0
	var start []byte
	for {
		f.request = append(f.request[:headRoom], `{"TableName":"`+table+`"`+f.projection...)
		if start != nil {
			f.request = append(append(f.request, `,"ExclusiveStartKey":`...), start...)
		}
		f.request = append(f.request, '}')
		page, err := f.connection.ask("Scan", f.request, &f.page)
		if err != nil {
			return err
		}
		rest, err := f.addOrders(page)
		if err != nil {
			return err
		}
		if start = startKey(rest); start == nil {
			break
		}
	}
	if f.entries > 0 {
		return f.send()
	}
	return nil
}

// addOrders writes those of a page, but for what a batch lacks, and hands back what follows them.
func (f *floorClient) addOrders(page []byte) ([]byte, error) {
	begin := bytes.Index(page, []byte(itemsBegin))
	if begin < 0 {
		return nil, errors.New("Scan: an answer without items")
	}
	rest := page[begin+len(itemsBegin):]
	for bytes.HasPrefix(rest, []byte(orderBegin)) {
		var order []byte
		if next := bytes.Index(rest, []byte(`},`+orderBegin)); next >= 0 {
			order, rest = rest[:next+1], rest[next+2:]
		} else {
			end := bytes.LastIndex(rest, []byte(`}]`)) + 1
			order, rest = rest[:end], rest[end:]
		}
		if err := f.add(order); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

func (f *floorClient) add(order []byte) error {
	if f.entries == 0 {
		f.batch = append(f.batch[:headRoom], f.begin(f.table)...)
	} else {
		f.batch = append(f.batch, ',')
	}
	f.batch = f.appendEntry(f.batch, f.table, order, bytes.Contains(order, []byte(paidText)))
	if f.entries++; f.entries < batchSize {
		return nil
	}
	return f.send()
}

func (f *floorClient) send() error {
	f.batch = append(f.batch, f.end...)
	f.entries = 0
	for {
		answer, err := f.connection.ask(f.operation, f.batch, &f.answer)
		if err != nil {
			return err
		}
		again, err := f.unwritten(answer)
		if again == nil || err != nil {
			return err
		}
		f.batch = append(f.batch[:headRoom], again...)
	}
}

// startKey is where the next page begins, as it was written; nil if there is none.
func startKey(rest []byte) []byte {
	_, key, found := bytes.Cut(rest, []byte(keyBegin))
	if !found {
		return nil
	}
	return key[:bytes.Index(key, []byte(`}}`))+2]
}
