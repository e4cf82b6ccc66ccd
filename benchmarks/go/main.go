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
	"fmt"
	"os"
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
	if len(arguments) != 4 {
		return fmt.Errorf("usage: contenders NAME ENDPOINT TABLE WARM-UP-TABLE, or contenders versions; NAME is one of %v", names())
	}
	name, endpoint, table, warmUp := arguments[0], arguments[1], arguments[2], arguments[3]
	prepare, known := contenders[name]
	if !known {
		return fmt.Errorf("no contender is named %s; there are %v", name, names())
	}
	// One client for both parts: its connections are open when the second begins.
	rewrite, err := prepare(endpoint)
	if err != nil {
		return err
	}
	if warmUp != "" {
		if err := rewrite(ctx, warmUp); err != nil {
			return err
		}
	}
	if err := waitForGo(); err != nil {
		return err
	}
	measured, err := measure(func() error { return rewrite(ctx, table) })
	if err != nil {
		return err
	}
	return printJSON(measured)
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
