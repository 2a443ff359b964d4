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
	allowed   bool
	id, cause string
}

var client = http.Client{
	Timeout:       5 * time.Second,
	Transport:     &http.Transport{}, // no proxy of the environment
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask returns an answer, or an error when there is no decision.
func ask(path string, question any) (answer, error) {
	caller, err := os.ReadFile(os.Getenv("PDP_CALLER_TOKEN_FILE"))
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(question)
	if err != nil {
		return answer{}, err
	}
	post, err := http.NewRequest(http.MethodPost, strings.TrimRight(os.Getenv("PDP_URL"), "/")+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	post.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(caller)))
	post.Header.Set("Content-Type", "application/json")
	response, err := client.Do(post)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	return read(text)
}

// read takes members by their exact names: into a struct, Go would read "Decision" as well.
func read(text []byte) (answer, error) {
	var members, context map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return answer{}, err
	}
	decision := string(members["decision"])
	if decision != "true" && decision != "false" {
		return answer{}, errors.New("the answer holds no decision")
	}
	if given, ok := members["context"]; ok {
		if err := json.Unmarshal(given, &context); err != nil || context == nil {
			return answer{}, errors.New("the answer's context is no object")
		}
	}
	return answer{decision == "true", word(context["id"]), word(context["cause"])}, nil
}

// word is the text of a JSON string, "-" of anything else.
func word(text json.RawMessage) string {
	var said string
	if json.Unmarshal(text, &said) != nil || said == "" {
		return "-"
	}
	return said
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
	if !said.allowed {
		fmt.Println("deny", said.cause, said.id)
		os.Exit(1)
	}
	fmt.Println("allow", said.id)
}
