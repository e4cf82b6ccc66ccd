package main

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"
)

const (
	targetPrefix = "DynamoDB_20120810."
	// Before a body, for the head that is only known when the body is: both leave in one piece, without a copy.
	headRoom = 1024
	// What is read at once, at least.
	chunk      = 64 * 1024
	headEnd    = "\r\n\r\n"
	lengthName = "\r\nContent-Length: "
)

// connection is as much of HTTP as one client of DynamoDB needs: one request after another, on one socket.
type connection struct {
	socket net.Conn
	signer signer
	head   []byte
}

func connect(endpoint string) (*connection, error) {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	if parsed.Scheme != "http" {
		return nil, fmt.Errorf("the floor speaks plain HTTP alone, not that of %s", endpoint)
	}
	socket, err := net.Dial("tcp", parsed.Host)
	if err != nil {
		return nil, err
	}
	return &connection{socket: socket, signer: signer{
		host:      parsed.Host,
		accessKey: os.Getenv("AWS_ACCESS_KEY_ID"),
		secretKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
	}}, nil
}

// newBody is what the text of a request is appended to.
func newBody() []byte {
	return make([]byte, headRoom, chunk)
}

// ask sends a body that began as newBody. What comes back is read into the buffer, which grows as is needed, and the
// answer is a part of it.
func (c *connection) ask(operation string, body []byte, buffer *[]byte) ([]byte, error) {
	text := body[headRoom:]
	head := append(c.head[:0], "POST / HTTP/1.1\r\nHost: "...)
	head = append(head, c.signer.host...)
	head = append(head, "\r\nContent-Type: "+contentType+"\r\nX-Amz-Target: "+targetPrefix...)
	head = append(head, operation...)
	head = append(head, lengthName...)
	head = strconv.AppendInt(head, int64(len(text)), 10)
	head = append(head, "\r\n"...)
	head = c.signer.appendHeaders(head, operation, text, time.Now())
	head = append(head, "\r\n"...)
	c.head = head
	start := headRoom - len(head)
	copy(body[start:], head)
	if _, err := c.socket.Write(body[start:]); err != nil {
		return nil, err
	}
	answer, err := c.read(buffer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return answer, nil
}

func (c *connection) read(buffer *[]byte) ([]byte, error) {
	received := (*buffer)[:0]
	begin, end := 0, -1
	for len(received) != end {
		received = slices.Grow(received, max(chunk, end-len(received)))
		count, err := c.socket.Read(received[len(received):cap(received)])
		if err != nil {
			return nil, err
		}
		received = received[:len(received)+count]
		if end < 0 {
			if begin, end, err = frame(received); err != nil {
				return nil, err
			}
		}
	}
	*buffer = received
	answer := received[begin:]
	if !bytes.HasPrefix(received, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("answered with %.300s", received)
	}
	return answer, nil
}

// frame is where the body of an answer begins and ends; it ends at -1 while the head isn't whole.
func frame(received []byte) (begin, end int, err error) {
	headLength := bytes.Index(received, []byte(headEnd))
	if headLength < 0 {
		return 0, -1, nil
	}
	_, rest, found := bytes.Cut(received[:headLength+2], []byte(lengthName))
	digits, _, _ := bytes.Cut(rest, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	if !found || err != nil {
		return 0, -1, fmt.Errorf("an answer without its length: %.300s", received)
	}
	begin = headLength + len(headEnd)
	return begin, begin + length, nil
}
