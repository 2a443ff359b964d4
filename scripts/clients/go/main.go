// Asks a decision point; the standard library alone. Usage is in ../README.md.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const maxAnswer = 1 << 20

type entity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type request struct {
	Method string          `json:"method"`
	Target string          `json:"target"` // raw: path and query, undecoded
	Body   json.RawMessage `json:"body,omitempty"`
}

type answer struct {
	Decision *bool `json:"decision"` // a pointer: absent is not false
	Context  struct {
		ID    string `json:"id"`
		Cause string `json:"cause"`
	} `json:"context"`
}

var client = http.Client{
	Timeout:       5 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask returns an answer whose Decision is set, or an error when there is no decision.
func ask(path string, question any) (answer, error) {
	var said answer
	caller, err := os.ReadFile(os.Getenv("PDP_CALLER_TOKEN_FILE"))
	if err != nil {
		return said, err
	}
	body, err := json.Marshal(question)
	if err != nil {
		return said, err
	}
	post, err := http.NewRequest(http.MethodPost, strings.TrimRight(os.Getenv("PDP_URL"), "/")+path, bytes.NewReader(body))
	if err != nil {
		return said, err
	}
	post.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(caller)))
	post.Header.Set("Content-Type", "application/json")
	response, err := client.Do(post)
	if err != nil {
		return said, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return said, fmt.Errorf("status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return said, err
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return said, err
	}
	if said.Decision == nil {
		return said, errors.New("the answer holds no decision")
	}
	return said, nil
}

func authorize(tokenFile, method, target string, body ...string) (answer, error) {
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return answer{}, err
	}
	came := request{Method: method, Target: target}
	if len(body) == 1 {
		came.Body = json.RawMessage(body[0])
	}
	return ask("/authorize", map[string]any{"request": came, "token": strings.TrimSpace(string(token))})
}

func evaluate(account, operation, resourceType, resource string) (answer, error) {
	return ask("/access/v1/evaluation", map[string]any{
		"subject":  entity{"Quay::ServiceAccount", account},
		"action":   map[string]string{"name": operation},
		"resource": entity{resourceType, resource},
	})
}

func main() {
	var said answer
	var err error
	switch arguments := os.Args[1:]; {
	case (len(arguments) == 4 || len(arguments) == 5) && arguments[0] == "authorize":
		said, err = authorize(arguments[1], arguments[2], arguments[3], arguments[4:]...)
	case len(arguments) == 5 && arguments[0] == "evaluate":
		said, err = evaluate(arguments[1], arguments[2], arguments[3], arguments[4])
	default:
		fmt.Fprintln(os.Stderr, "error: usage:",
			"ask authorize TOKEN-FILE METHOD TARGET [BODY] | evaluate ACCOUNT OPERATION TYPE ID")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: no decision:", err)
		os.Exit(5)
	}
	if !*said.Decision {
		fmt.Println("deny", said.Context.Cause, said.Context.ID)
		os.Exit(1)
	}
	fmt.Println("allow", said.Context.ID)
}
