"""Asks a decision point; the standard library alone. Usage is in ../README.md."""

import http.client
import json
import os
import pathlib
import sys
import urllib.request

SECONDS = 5  # of silence
MAX_ANSWER = 1024 * 1024


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(path, question):
    """The answer to a question in JSON, as bytes: a dict whose `decision` is a bool. Raises when there is none."""
    caller = pathlib.Path(os.environ["PDP_CALLER_TOKEN_FILE"]).read_text().strip()
    request = urllib.request.Request(
        os.environ["PDP_URL"].rstrip("/") + path, question,
        {"Authorization": f"Bearer {caller}", "Content-Type": "application/json"})
    opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=SECONDS) as response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        answer = json.loads(response.read(MAX_ANSWER))
    if not (isinstance(answer, dict) and isinstance(answer.get("decision"), bool)
            and isinstance(answer.get("context", {}), dict)):
        raise ValueError("the answer holds no decision")
    return answer


def authorize(token_file, method, target, body=None):
    """`target` is the raw request target; `body` the JSON that came with the request, if any.

    The body goes in as it is: parsed and written again, it would lose repeated members and digits, and something
    else would be decided than what came in.
    """
    request = json.dumps({"method": method, "target": target}).encode()
    if body is not None:
        json.loads(body, parse_int=str, parse_float=str)  # one JSON text: nothing else may stand within a question
        request = request[:-1] + b', "body": ' + body.encode() + b"}"
    token = json.dumps(pathlib.Path(token_file).read_text().strip()).encode()
    return ask("/authorize", b'{"request": ' + request + b', "token": ' + token + b"}")


def evaluate(account, operation, resource_type, resource):
    return ask("/access/v1/evaluation", json.dumps({
        "subject": {"type": "Quay::ServiceAccount", "id": account}, "action": {"name": operation},
        "resource": {"type": resource_type, "id": resource}}).encode())


def main(arguments):
    forms = {"authorize": (authorize, (3, 4)), "evaluate": (evaluate, (4,))}
    if not arguments or arguments[0] not in forms or len(arguments) - 1 not in forms[arguments[0]][1]:
        print("error: usage: ask.py authorize TOKEN-FILE METHOD TARGET [BODY] | evaluate ACCOUNT OPERATION TYPE ID",
              file=sys.stderr)
        return 2
    try:
        answer = forms[arguments[0]][0](*arguments[1:])
    except (OSError, ValueError, KeyError, RecursionError, http.client.HTTPException) as e:
        print(f"error: no decision: {e}", file=sys.stderr)
        return 5
    context = answer.get("context", {})
    words = ["allow"] if answer["decision"] else ["deny", context.get("cause", "-")]
    print(*words, context.get("id", "-"))
    return 0 if answer["decision"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
