"""The example clients in scripts/clients, run against a real server and against ones that are broken."""

import json
import os
import pathlib
import subprocess
import sys

from adapter_fixture import CONFIG, POLICIES, Check
from adapter_servers import FakeDecisionPoint, allow, answering, hanging, writing
from pdp import ROOT, Report, Server

CLIENTS = ROOT / "scripts/clients"
GOOD = {"namespace": "acme", "repository": "web", "visibility": "private", "description": "it's \"quoted\" \u00e9\n"}
OTHER = GOOD | {"namespace": "beta"}
# arguments of the clients, the first word of what they print, and the cause of a denial
QUESTIONS = [
    (["authorize", "svc-one", "GET", "/api/v1/repository/acme/app"], "allow", None),
    (["authorize", "svc-one", "GET", "/api/v1/repository/acme%2Fapp?includeTags=false&x=%20"], "allow", None),
    (["authorize", "svc-two", "GET", "/api/v1/repository/acme/app"], "deny", "no_permit"),
    (["authorize", "svc-one", "POST", "/api/v1/repository", json.dumps(GOOD)], "allow", None),
    (["authorize", "svc-one", "POST", "/api/v1/repository", json.dumps(OTHER)], "deny", "no_permit"),
    (["authorize", "svc-one", "POST", "/api/v1/repository"], "deny", "body_required"),
    (["authorize", "svc-one", "GET", "//api/v1/repository/acme/app"], "deny", "non_canonical_path"),
    (["authorize", "forged", "GET", "/api/v1/repository/acme/app"], "deny", "invalid_token"),
    (["evaluate", "svc-one", "getRepo", "Quay::Repository", "acme/app"], "allow", None),
    (["evaluate", "svc-one", "getRepo", "Quay::Repository", "beta/app"], "deny", "no_permit"),
    (["evaluate", "svc-nobody", "getRepo", "Quay::Repository", "acme/app"], "deny", "account_unknown"),
    (["evaluate", "svc-one", "noSuchOperation", "Quay::Repository", "acme/app"], "deny", "unknown_operation"),
]
USAGE = [[], ["authorize"], ["authorize", "x", "GET"], ["evaluate", "a", "b", "c"], ["other", "a", "b", "c", "d"]]
BROKEN = {
    "status 500": answering({"decision": True}, 500), "status 403": answering({"decision": True}, 403),
    "no JSON": answering("<html>"), "no decision": answering({}), "decision as text": answering({"decision": "true"}),
    "decision 1": answering({"decision": 1}), "null": answering({"decision": None}), "nothing": answering(""),
    "other case": answering({"Decision": True}), "two cases": answering('{"DECISION": true, "decision": null}'),
    "context null": answering({"decision": True, "context": None}), "huge": answering(allow(more="x" * 2 ** 21)),
    "context as list": answering({"decision": True, "context": []}),
    "list": answering([{"decision": True}]), "closed": writing(b""), "hanging": hanging,
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
        no_json = ["authorize", "svc-one", "POST", "/api/v1/repository", '{"namespace": ']
        self.without(f"{name}, no JSON in the body", self.run(command, no_json, url))
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
            kits.bare(name, command, fake)
            kits.refuses(name, command, fake)
    records = server.exported()
    report.expect(len(ids) == 3 * len(QUESTIONS) and set(ids) <= set(records), "decisions are missing in the log")
    report.finish(f"Python, Go and curl asked {len(QUESTIONS)} questions each with the same answers,"
                  f" and took none from {len(BROKEN) + 5} broken servers, callers and questions")


if __name__ == "__main__":
    main(sys.argv[1])
