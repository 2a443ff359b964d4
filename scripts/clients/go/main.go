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
	Method string `json:"method"`
	Target string `json:"target"` // raw: path and query, undecoded
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

// ask returns the answer to a question in JSON, or an error when there is no decision.
func ask(path string, question []byte) (answer, error) {
	caller, err := os.ReadFile(os.Getenv("PDP_CALLER_TOKEN_FILE"))
	if err != nil {
		return answer{}, err
	}
	post, err := http.NewRequest(http.MethodPost, strings.TrimRight(os.Getenv("PDP_URL"), "/")+path, bytes.NewReader(question))
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

// authorize puts the body in as it is: written anew by encoding/json, it would be other bytes than came in.
func authorize(tokenFile, method, target string, body ...string) (answer, error) {
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return answer{}, err
	}
	came, err := json.Marshal(request{method, target})
	if err != nil {
		return answer{}, err
	}
	proof, err := json.Marshal(strings.TrimSpace(string(token)))
	if err != nil {
		return answer{}, err
	}
	if len(body) == 1 {
		// one JSON text: nothing else may stand within a question
		if !json.Valid([]byte(body[0])) {
			return answer{}, errors.New("the body is no JSON")
		}
		came = fmt.Appendf(came[:len(came)-1], `,"body":%s}`, body[0])
	}
	return ask("/authorize", fmt.Appendf(nil, `{"request":%s,"token":%s}`, came, proof))
}

func evaluate(account, operation, resourceType, resource string) (answer, error) {
	question, err := json.Marshal(map[string]any{
		"subject":  entity{"Quay::ServiceAccount", account},
		"action":   map[string]string{"name": operation},
		"resource": entity{resourceType, resource},
	})
	if err != nil {
		return answer{}, err
	}
	return ask("/access/v1/evaluation", question)
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
