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
    """The answer: a dict whose `decision` is a bool. Raises when there is none."""
    caller = pathlib.Path(os.environ["PDP_CALLER_TOKEN_FILE"]).read_text().strip()
    request = urllib.request.Request(
        os.environ["PDP_URL"].rstrip("/") + path, json.dumps(question).encode(),
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
    """`target` is the raw request target; `body` the JSON that came with the request, if any."""
    request = {"method": method, "target": target}
    if body is not None:
        request["body"] = json.loads(body)
    return ask("/authorize", {"request": request, "token": pathlib.Path(token_file).read_text().strip()})


def evaluate(account, operation, resource_type, resource):
    return ask("/access/v1/evaluation", {
        "subject": {"type": "Quay::ServiceAccount", "id": account}, "action": {"name": operation},
        "resource": {"type": resource_type, "id": resource}})


def main(arguments):
    forms = {"authorize": (authorize, (3, 4)), "evaluate": (evaluate, (4,))}
    if not arguments or arguments[0] not in forms or len(arguments) - 1 not in forms[arguments[0]][1]:
        print("error: usage: ask.py authorize TOKEN-FILE METHOD TARGET [BODY] | evaluate ACCOUNT OPERATION TYPE ID",
              file=sys.stderr)
        return 2
    try:
        answer = forms[arguments[0]][0](*arguments[1:])
    except (OSError, ValueError, KeyError, http.client.HTTPException) as e:
        print(f"error: no decision: {e}", file=sys.stderr)
        return 5
    context = answer.get("context", {})
    words = ["allow"] if answer["decision"] else ["deny", context.get("cause", "-")]
    print(*words, context.get("id", "-"))
    return 0 if answer["decision"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
