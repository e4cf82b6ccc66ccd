package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"time"
)

const (
	signedHeaders = "content-type;host;x-amz-date;x-amz-target"
	contentType   = "application/x-amz-json-1.0"
)

// signer makes signatures of version 4, for requests that all go to "/" of one host with the same headers.
type signer struct {
	host, accessKey, secretKey string

	day   string
	scope string
	// The signing key is good for a day, and its hash begins with the same blocks each time.
	keyed   hash.Hash
	scratch []byte
}

// appendHeaders adds the headers of a request that depend on when it is sent, and on what is sent.
func (s *signer) appendHeaders(head []byte, operation string, body []byte, now time.Time) []byte {
	var stamp [len("20060102T150405Z")]byte
	date := now.UTC().AppendFormat(stamp[:0], "20060102T150405Z")
	s.renew(string(date[:8]))
	head = append(head, "X-Amz-Date: "...)
	head = append(head, date...)
	head = append(head, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential="...)
	head = append(head, s.accessKey...)
	head = append(head, '/')
	head = append(head, s.scope...)
	head = append(head, ", SignedHeaders="+signedHeaders+", Signature="...)
	head = s.appendSignature(head, operation, body, date)
	return append(head, "\r\n"...)
}

func (s *signer) appendSignature(head []byte, operation string, body, date []byte) []byte {
	text := append(s.scratch[:0], "POST\n/\n\ncontent-type:"+contentType+"\nhost:"...)
	text = append(text, s.host...)
	text = append(text, "\nx-amz-date:"...)
	text = append(text, date...)
	text = append(text, "\nx-amz-target:"+targetPrefix...)
	text = append(text, operation...)
	text = append(text, "\n\n"+signedHeaders+"\n"...)
	text = appendHash(text, body)
	canonical := len(text)

	text = append(text, "AWS4-HMAC-SHA256\n"...)
	text = append(text, date...)
	text = append(text, '\n')
	text = append(text, s.scope...)
	text = append(text, '\n')
	text = appendHash(text, text[:canonical])

	s.keyed.Reset()
	s.keyed.Write(text[canonical:])
	var sum [sha256.Size]byte
	s.scratch = text
	return hex.AppendEncode(head, s.keyed.Sum(sum[:0]))
}

// renew makes the key of another day.
func (s *signer) renew(day string) {
	if s.day == day {
		return
	}
	key := []byte("AWS4" + s.secretKey)
	for _, part := range []string{day, region, "dynamodb", "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	s.day, s.scope, s.keyed = day, day+"/"+region+"/dynamodb/aws4_request", hmac.New(sha256.New, key)
}

func appendHash(text, of []byte) []byte {
	sum := sha256.Sum256(of)
	return hex.AppendEncode(text, sum[:])
}
