"""The example clients in scripts/clients, run against a real server and against ones that are broken."""

import json
import os
import pathlib
import re
import subprocess
import sys

from adapter_fixture import CONFIG, POLICIES, Check
from adapter_servers import FakeDecisionPoint, allow, answering, hanging, writing
from pdp import ROOT, Report, Server

CLIENTS = ROOT / "scripts/clients"
GOOD = {"namespace": "acme", "repository": "web", "visibility": "private", "description": "it's \"quoted\" \u00e9\n"}
OTHER = GOOD | {"namespace": "beta"}
TWICE = '{"namespace": "beta", "repository": "web", "visibility": "private", "description": "", "namespace": "acme"}'
# arguments of the clients, the first word of what they print, and the cause of a denial
QUESTIONS = [
    (["authorize", "svc-one", "GET", "/api/v1/repository/acme/app"], "allow", None),
    (["authorize", "svc-one", "GET", "/api/v1/repository/acme%2Fapp?includeTags=false&x=%20"], "allow", None),
    (["authorize", "svc-two", "GET", "/api/v1/repository/acme/app"], "deny", "no_permit"),
    (["authorize", "svc-one", "POST", "/api/v1/repository", json.dumps(GOOD)], "allow", None),
    (["authorize", "svc-one", "POST", "/api/v1/repository", json.dumps(OTHER)], "deny", "no_permit"),
    (["authorize", "svc-one", "POST", "/api/v1/repository", TWICE], "deny", "invalid_body"),
    (["authorize", "svc-one", "POST", "/api/v1/repository"], "deny", "body_required"),
    (["authorize", "svc-one", "GET", "//api/v1/repository/acme/app"], "deny", "non_canonical_path"),
    (["authorize", "forged", "GET", "/api/v1/repository/acme/app"], "deny", "invalid_token"),
    (["evaluate", "svc-one", "getRepo", "Quay::Repository", "acme/app"], "allow", None),
    (["evaluate", "svc-one", "getRepo", "Quay::Repository", "beta/app"], "deny", "no_permit"),
    (["evaluate", "svc-nobody", "getRepo", "Quay::Repository", "acme/app"], "deny", "account_unknown"),
    (["evaluate", "svc-one", "noSuchOperation", "Quay::Repository", "acme/app"], "deny", "unknown_operation"),
]
# bodies that parsers change when they write them again
AS_THEY_ARE = {
    "repeated members": TWICE, "repeated within": '{"a": {"b": 1, "b": 2}, "a": {}}',
    "big integers": '{"a": 123456789012345678901234567890, "b": -9007199254740993}', "many digits": "9" * 5000,
    "fractions": '[1.10, 0.1000000000000000055511151231257827, 1e400, -0, -0.0, 1E+2]',
    "escapes": '{"\\u0061": "\\u00e9\\/<>&\\ud83d\\ude00"}',
    "characters": '{"a": "\u00e9\u2028<>&\U0001f600"}',
    "white space": ' \t{ "a" :\n1 }\r\n', "braces": '{"a": "}},{{", "body": {}}', "percent": '"%s %d %%"',
    "null": "null",
    "backslashes": '"\\\\ $HOME `id` \\" *"', "nested": "[" * 200 + "]" * 200}
NO_JSON = [
    '{"namespace": ', "", " ", "{} {}", "{}, {}",
    '{}}, "subject": {"type": "Quay::ServiceAccount", "id": "svc-two"}, "x": {"y": {}',
    '{}, "target": "/api/v1/repository/acme/app"', "a=b", "{'a': 1}", '{"a": "\n"}', "[1,]", "[" * 100_000,
    b'{"a": "\xff"}', '{"a": NaN}', '{"a": 01}', "\ufeff{}", "{}\x1e"]
USAGE = [[], ["authorize"], ["authorize", "x", "GET"], ["evaluate", "a", "b", "c"], ["other", "a", "b", "c", "d"]]
BROKEN = {
    "status 500": answering({"decision": True}, 500), "status 403": answering({"decision": True}, 403),
    "no JSON": answering("<html>"), "no decision": answering({}), "decision as text": answering({"decision": "true"}),
    "decision 1": answering({"decision": 1}), "null": answering({"decision": None}), "nothing": answering(""),
    "other case": answering({"Decision": True}), "two cases": answering('{"DECISION": true, "decision": null}'),
    "context null": answering({"decision": True, "context": None}), "huge": answering(allow(more="x" * 2 ** 21)),
    "context as list": answering({"decision": True, "context": []}),
    "list": answering([{"decision": True}]),
    "deep": answering('{"decision": true, "a": ' + "[" * 50_000), "closed": writing(b""), "hanging": hanging,
    "cut": writing(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"decision": true'),
    "two answers": answering('{"decision": true} {"decision": true}')}


def clients(work):
    """How each is started. Go is built once, from the standard library alone."""
    binary = work / "ask-go"
    subprocess.run(
        ["go", "build", "-o", binary, "."], cwd=CLIENTS / "go", check=True,
        env=os.environ | {"GOFLAGS": "-mod=readonly", "GOPROXY": "off", "CGO_ENABLED": "0"})
    return {"python": [sys.executable, CLIENTS / "python/ask.py"], "go": [binary], "curl": [CLIENTS / "curl/ask"]}


class Kits:
    def __init__(self, check, work, report):
        self.check, self.work, self.expect = check, work, report.expect
        for name, token in (check.tokens | {"forged": check.tokens["svc-one"][:-6] + "AAAAAA"}).items():
            (work / name).write_text(token + "\n")

    def run(self, command, arguments, url, caller="caller"):
        if arguments[:1] == ["authorize"] and len(arguments) > 1:
            arguments = ["authorize", str(self.work / arguments[1]), *arguments[2:]]
        environment = os.environ | {"PDP_URL": url, "PDP_CALLER_TOKEN_FILE": str(self.work / caller),
                                    "http_proxy": "http://127.0.0.1:1"}
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, timeout=60)

    def decides(self, name, command, ids):
        for arguments, word, cause in QUESTIONS:
            done = self.run(command, arguments, self.check.server.url)
            said = done.stdout.split()
            should = [word] if cause is None else [word, cause]
            right = said[:-1] == should and done.returncode == (0 if word == "allow" else 1) and not done.stderr
            self.expect(right, f"{name} {arguments}: {done.returncode} {done.stdout!r} {done.stderr!r}, not {should}")
            ids.extend(said[-1:])

    def as_they_are(self, name, command, fake):
        """A body is asked about as its bytes."""
        fake.behave = answering(allow())
        for what, body in AS_THEY_ARE.items():
            fake.questions.clear()
            done = self.run(command, ["authorize", "svc-one", "POST", "/api/v1/repository", body], fake.url)
            asked = [question for question, _ in fake.questions]
            same = len(asked) == 1 and re.search(rb'"body": ?' + re.escape(body.encode()) + rb"}", asked[0])
            whole = same and json.loads(asked[0], parse_int=str)["request"].keys() == {"method", "target", "body"}
            right = whole and done.returncode == 0
            self.expect(right, f"{name}, {what}: {done.stderr!r}, asked {asked}, about {body!r}")

    def no_json(self, name, command):
        """What is no JSON text cannot be a part of a question."""
        for body in NO_JSON:
            arguments = ["authorize", "svc-one", "POST", "/api/v1/repository", body]
            self.without(f"{name}, body {body[:60]!r}", self.run(command, arguments, self.check.server.url))

    def bare(self, name, command, fake):
        """Some callers are answered with the decision alone."""
        for decision, said in (True, "allow -\n"), (False, "deny - -\n"):
            fake.behave = answering({"decision": decision})
            done = self.run(command, QUESTIONS[0][0], fake.url)
            self.expect((done.stdout, done.returncode) == (said, 0 if decision else 1), f"{name}, bare: {done}")

    def refuses(self, name, command, fake):
        """No decision is never an allow: nothing on stdout, exit 5."""
        question = QUESTIONS[0][0]
        for what, behave in BROKEN.items():
            fake.behave = behave
            self.without(f"{name}, {what}", self.run(command, question, fake.url))
        fake.behave = answering("", 307, Location=self.check.server.url + "/authorize")
        self.without(f"{name}, redirected", self.run(command, question, fake.url))
        self.without(f"{name}, nobody there", self.run(command, question, "http://127.0.0.1:1"))
        url = self.check.server.url
        self.without(f"{name}, wrong caller", self.run(command, question, url, caller="forged"))
        self.without(f"{name}, no caller", self.run(command, question, url, caller="missing"))
        self.without(f"{name}, no token", self.run(command, ["authorize", "missing", "GET", "/"], url))
        for arguments in USAGE:
            done = self.run(command, arguments, url)
            right = done.returncode == 2 and not done.stdout and "usage" in done.stderr
            self.expect(right, f"{name} {arguments}: {done}")

    def without(self, what, done):
        said = done.stderr.splitlines()[-1:]
        right = done.returncode == 5 and not done.stdout and said and said[0].startswith("error: no decision: ")
        self.expect(right, f"{what}: {done.returncode} {done.stdout!r} {done.stderr!r}, not 5")


def main(work):
    work = pathlib.Path(work)
    report = Report()
    fake, ids = FakeDecisionPoint(), []
    with Server(work, POLICIES, CONFIG) as server:
        kits = Kits(Check(server, work, report), work, report)
        for name, command in clients(work).items():
            kits.decides(name, command, ids)
            kits.as_they_are(name, command, fake)
            kits.no_json(name, command)
            kits.bare(name, command, fake)
            kits.refuses(name, command, fake)
    records = server.exported()
    report.expect(len(ids) == 3 * len(QUESTIONS) and set(ids) <= set(records), "decisions are missing in the log")
    report.finish(f"Python, Go and curl asked {len(QUESTIONS)} questions each with the same answers,"
                  f" {len(AS_THEY_ARE)} about bodies that stayed as they were, none about {len(NO_JSON)} that are none,"
                  f" and took none from {len(BROKEN) + 4} broken servers, callers and questions")


if __name__ == "__main__":
    main(sys.argv[1])
