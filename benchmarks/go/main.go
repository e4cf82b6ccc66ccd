// Command contenders rewrites a table of orders as programs in Go do, and prints what that took.
//
// Each way does the same work as those of benchmarks/contenders: read every order, write whether it is paid as its
// status. It runs in two parts, the warm-up and what is measured. Between them it prints "ready" and waits for a line,
// so that whoever started it can ask the stub what it has done so far.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "contenders:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 1 && arguments[0] == "versions" {
		return printJSON(versions())
	}
	if len(arguments) < 3 {
		return fmt.Errorf("usage: contenders NAME ENDPOINT ITEMS [--warm-up N], or contenders versions; NAME is one of %v", names())
	}
	name, endpoint := arguments[0], arguments[1]
	items, err := strconv.Atoi(arguments[2])
	if err != nil {
		return fmt.Errorf("ITEMS is a number: %w", err)
	}
	options := flag.NewFlagSet("contenders", flag.ContinueOnError)
	warmUp := options.Int("warm-up", 0, "orders in the table that is rewritten first")
	if err := options.Parse(arguments[3:]); err != nil {
		return err
	}
	prepare, known := contenders[name]
	if !known {
		return fmt.Errorf("no contender is named %s; there are %v", name, names())
	}
	// One client for both parts: its connections are open when the second begins.
	rewrite, err := prepare(endpoint)
	if err != nil {
		return err
	}
	if *warmUp > 0 {
		if err := rewrite(ctx, table(*warmUp)); err != nil {
			return err
		}
	}
	if err := waitForGo(); err != nil {
		return err
	}
	measured, err := measure(func() error { return rewrite(ctx, table(items)) })
	if err != nil {
		return err
	}
	return printJSON(measured)
}

// table is the stub's table of that many orders.
func table(orders int) string {
	return "orders-" + strconv.Itoa(orders)
}

func waitForGo() error {
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return errors.New("standard input ended before the line that starts the measured part")
	}
	return nil
}

func printJSON(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}
