"""Real HTTP clients: how they write requests to Quay, and how they ask the PDP about them."""

import http.client
import json
import socketserver
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import requests

from pdp import Report, Server

ACCOUNT = "svc-terraform"
PARALLEL = 8
PER_CLIENT = 60
END = "== end of answer =="
POLICIES = {
    "accounts.yaml": f"service_accounts:\n  - name: {ACCOUNT}\n",
    "access/acme.cedar": f"""@id("terraform-acme")
@waive("classified-operations: this tests how requests are written, not who may make them")
permit (principal == Quay::ServiceAccount::"{ACCOUNT}", action, resource)
unless {{ resource in Quay::Organization::"payroll" }};
"""}
CONFIG = "audit: {durability: batch}\n"

# client | method | target as that client writes it | operation | type and id of the resource
TARGETS = """
terraform | GET    | /api/v1/repository/acme%2Fapp | getRepo | Repository acme/app
terraform | PUT    | /api/v1/repository/acme%2Fapp | updateRepo | Repository acme/app
terraform | DELETE | /api/v1/repository/acme%2Fapp | deleteRepository | Repository acme/app
terraform | PUT    | /api/v1/repository/acme%2Fapp/permissions/team/owners | changeTeamPermissions | Repository acme/app
terraform | GET    | /api/v1/repository/acme%2Fapp/permissions/team/devs | getTeamPermissions | Repository acme/app
terraform | DELETE | /api/v1/repository/acme%2Fapp/permissions/team/devs | deleteTeamPermissions | Repository acme/app
terraform | POST   | /api/v1/repository/acme%2Fapp/changevisibility | changeRepoVisibility | Repository acme/app
terraform | GET    | /api/v1/organization/acme | getOrganization | Organization acme
terraform | DELETE | /api/v1/organization/acme | deleteAdminedOrganization | Organization acme
terraform | PUT    | /api/v1/organization/acme/robots/ci | createOrgRobot | Organization acme
terraform | PUT    | /api/v1/organization/acme/team/devs | updateOrganizationTeam | Organization acme
terraform | GET    | /api/v1/organization/acme/team/devs/members | getOrganizationTeamMembers | Organization acme
terraform | PUT    | /api/v1/organization/acme/team/devs/members/acme+ci | updateOrganizationTeamMember | Organization acme
go-quay   | GET    | /api/v1/organization/acme/autoprunepolicy | listOrganizationAutoPrunePolicies | Organization acme
go-quay   | POST   | /api/v1/organization/acme/autoprunepolicy | createOrganizationAutoPrunePolicy | Organization acme
go-quay   | GET    | /api/v1/repository/acme/app/permissions/user/acme+ci | getUserPermissions | Repository acme/app
go-quay   | GET    | /api/v1/repository/acme/app/manifest/sha256:ab12 | getRepoManifest | Repository acme/app
go-quay   | GET    | /api/v1/repository/acme/app/tag | listRepoTags | Repository acme/app
operator  | GET    | /api/v1/user | getLoggedInUser | User svc-terraform
operator  | PUT    | /api/v1/organization/acme/robots/x | createOrgRobot | Organization acme
operator  | POST   | /api/v1/organization/acme/prototypes | createOrganizationPrototypePermission | Organization acme
ansible   | GET    | /api/v1/user/ | getLoggedInUser | User svc-terraform
ansible   | GET    | /api/v1/organization/acme/robots?token=false | getOrgRobots | Organization acme
ansible   | GET    | /api/v1/organization/acme/autoprunepolicy/ | listOrganizationAutoPrunePolicies | Organization acme
web       | GET    | /api/v1/repository/acme/app/tag/?limit=100&page=1 | listRepoTags | Repository acme/app
web       | GET    | /api/v1/repository?namespace=acme&public=true | listRepos | Organization acme
web       | GET    | /api/v1/repository/acme/app?includeStats=true&includeTags=false | getRepo | Repository acme/app
script    | GET    | /api/v1/repository/acme%2fapp | getRepo | Repository acme/app
script    | GET    | /api/v1/repository/acme%2Fapp/manifest/sha256%3Aabc1 | getRepoManifest | Repository acme/app
script    | PUT    | /api/v1/repository/acme%2Fapp/permissions/user/acme%2Bci | changeUserPermissions | Repository acme/app
script    | GET    | /api/v1/repository/acme/app/authorizedemail/user%40example.com | checkRepoEmailAuthorized | Repository acme/app
"""
# with a body: the operation's object stands in it
BODIES = [
    ("POST", "/api/v1/repository",
     {"namespace": "acme", "repository": "web", "visibility": "private", "description": ""},
     "createRepo", "Organization acme"),
    ("POST", "/api/v1/organization/", {"name": "acme", "email": "t@example.com"},
     "createOrganization", "Registry quay"),
    ("POST", "/api/v1/organization", {"name": "acme"}, "createOrganization", "Registry quay"),
    ("POST", "/api/v1/user/starred", {"namespace": "acme", "repository": "app"},
     "createStar", "User svc-terraform"),
]
# Parameters as people have them; each client below writes them into a path in its own way.
REPOSITORIES = ["acme/app", "acme/team/app", "acme/my.app_1-x"]


class Case:
    def __init__(self, method, target, operation, resource, body=None, decision=True):
        self.method, self.target, self.body = method, target, body
        self.operation, self.resource, self.decision = operation, resource, decision

    def question(self):
        request = {"method": self.method, "target": self.target, "source_ip": "10.2.3.4"}
        if self.body is not None:
            request["body"] = self.body
        return {"request": request, "subject": {"type": "Quay::ServiceAccount", "id": ACCOUNT}}

    def wrong(self, status, headers, answer, request_id):
        """What is wrong with the answer; empty when nothing is."""
        context = answer.get("context", {})
        kind, identity = self.resource.split(" ")
        expected = {
            "status": (status, 200), "decision": (answer.get("decision"), self.decision),
            "operation": (context.get("action"), self.operation),
            "resource": (context.get("resource"), {"type": "Quay::" + kind, "id": identity}),
            "request id": (headers.get("x-request-id"), request_id),
            "content type": (headers.get("content-type", "").partition(";")[0], "application/json"),
            "cause": (context.get("cause"), None if self.decision else "no_permit"),
            "reasons": ([r["policy"] for r in context.get("reasons", [])], ["terraform-acme"] if self.decision else [])}
        return [f"{name} is {is_!r}, not {should!r}" for name, (is_, should) in expected.items() if is_ != should]

    def __str__(self):
        return f"{self.method} {self.target}"


def cases():
    found = []
    for line in TARGETS.strip().splitlines():
        _, method, target, operation, resource = (part.strip() for part in line.split("|"))
        found.append(Case(method, target, operation, resource))
    found += [Case(method, target, operation, resource, body) for method, target, body, operation, resource in BODIES]
    found.append(Case("GET", "/api/v1/repository/payroll%2Fapp", "getRepo", "Repository payroll/app", decision=False))
    found.append(Case("GET", "/api/v1/organization/payroll", "getOrganization", "Organization payroll", decision=False))
    return found


# Part 1: real clients send requests to a server that writes down their request lines.

class Recorder(socketserver.ThreadingTCPServer):
    """Answers every request with 200 and keeps its first line as it came over the wire."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.lines = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
                while self.rfile.readline().strip():
                    pass
                self.server.lines.append(line)
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        super().__init__(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


def send_curl(netloc, method, path):
    subprocess.run(["curl", "-sS", "-o", "/dev/null", "-X", method, f"http://{netloc}{path}"], check=True)


def send_requests(netloc, method, path):
    requests.request(method, f"http://{netloc}{path}", timeout=10)


def send_urllib(netloc, method, path):
    urllib.request.urlopen(urllib.request.Request(f"http://{netloc}{path}", method=method), timeout=10).read()


def send_http_client(netloc, method, path):
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request(method, path)
    connection.getresponse().read()
    connection.close()


def written():
    """What is sent: method, path as given to the client, operation, resource, parameter and value."""
    for repository in REPOSITORIES:
        for spelled in (repository, quote(repository, safe=""), quote(repository, safe="").lower()):
            resource = f"Repository {repository}"
            yield "GET", f"/api/v1/repository/{spelled}", "getRepo", resource
            yield "DELETE", f"/api/v1/repository/{spelled}/tag/v1.0-rc_1", "deleteFullTag", resource
            for digest in ("sha256:ab12", quote("sha256:ab12", safe="")):
                yield "GET", f"/api/v1/repository/{spelled}/manifest/{digest}", "getRepoManifest", resource
            for user in ("acme+ci", quote("acme+ci", safe="")):
                yield "PUT", f"/api/v1/repository/{spelled}/permissions/user/{user}", "changeUserPermissions", resource
            for email in ("user@example.com", quote("user@example.com", safe=""), "user+ci@example.com"):
                path = f"/api/v1/repository/{spelled}/authorizedemail/{email}"
                yield "GET", path, "checkRepoEmailAuthorized", resource
            yield "GET", f"/api/v1/repository/{spelled}/tag/?limit=100&specificTag=v1%2E0", "listRepoTags", resource


def as_clients_write(server, report):
    recorder = Recorder()
    senders = [send_curl, send_requests, send_urllib, send_http_client]
    plan = [(send, *request) for send in senders for request in written()]
    changed = 0
    for send, method, path, operation, resource in plan:
        before = len(recorder.lines)
        send(recorder.netloc, method, path)
        line = recorder.lines[before]
        verb, target, _ = line.split(" ")
        changed += target != path
        answer = server.ask(Case(verb, target, operation, resource).question())
        kind, identity = resource.split(" ")
        report.expect(
            answer["decision"] and answer["action"] == operation
            and answer["resource"] == {"type": "Quay::" + kind, "id": identity},
            f"{send.__name__} wrote {line}: {answer}")
    recorder.shutdown()
    recorder.server_close()
    print(f"  {len(plan)} requests of curl, requests, urllib and http.client decided as written on the wire,"
          f" {changed} of them not as given to the client")
    return len(plan)


# Part 2: real clients ask the PDP.

def ask_with_requests(server, case_list, report, name):
    with requests.Session() as session:
        for i, case in enumerate(case_list):
            request_id = f"{name}-{i}"
            response = session.post(
                server.url + "/authorize", json=case.question(), timeout=30,
                headers={"Authorization": f"Bearer {server.token}", "X-Request-ID": request_id})
            wrong = case.wrong(response.status_code, {k.lower(): v for k, v in response.headers.items()},
                               response.json(), request_id)
            report.append((f"requests {case}", wrong))


def ask_with_curl(server, case_list, report, name):
    """All in one process of curl, over one connection; curl tells how many it opened."""
    config = []
    for i, case in enumerate(case_list):
        request_id = f"{name}-{i}"
        config += ["next"] if i else []
        config += [
            f'url = "{server.url}/authorize"', "silent", "show-error", "http1.1",
            f'header = "Authorization: Bearer {server.token}"', 'header = "Content-Type: application/json"',
            f'header = "X-Request-ID: {request_id}"', f"data-raw = {json.dumps(json.dumps(case.question()))}",
            rf'write-out = "\n%{{num_connects}} %{{response_code}} %{{header_json}}\n{END}\n"']
    out = subprocess.run(["curl", "--config", "-"], input="\n".join(config), capture_output=True, text=True)
    if out.returncode != 0:
        report.append((f"curl {name}", [f"exit {out.returncode}: {out.stderr}"]))
        return
    answers = out.stdout.split(f"\n{END}\n")[:-1]
    connections = 0
    for i, (case, text) in enumerate(zip(case_list, answers)):
        body, _, tail = text.partition("\n")
        opened, status, header_text = tail.split(" ", 2)
        connections += int(opened)
        headers = {name: values[0] for name, values in json.loads(header_text).items()}
        report.append((f"curl {case}", case.wrong(int(status), headers, json.loads(body), f"{name}-{i}")))
    if len(answers) != len(case_list):
        report.append((f"curl {name}", [f"{len(answers)} answers to {len(case_list)} requests"]))
    report.append((f"curl {name}", [f"{connections} connections opened, not 1"] if connections != 1 else []))


def in_parallel(server, report, ask, case_list):
    results = [[] for _ in range(PARALLEL)]
    rounds = [[case_list[(i + j * 7) % len(case_list)] for i in range(PER_CLIENT)] for j in range(PARALLEL)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda j: ask(server, rounds[j], results[j], f"{ask.__name__}-{j}"), range(PARALLEL)))
    for name, wrong in (entry for result in results for entry in result):
        report.expect(not wrong, f"{name}: {'; '.join(wrong)}")
    asked = PARALLEL * PER_CLIENT
    print(f"  {ask.__name__}: {asked} questions by {PARALLEL} clients at once, over kept connections")
    return asked


def refusals(server, report):
    """What is no decision is a problem in JSON with the right status."""
    question = cases()[0].question()
    good = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    nobody, basic = {"Authorization": "Bearer nobody"}, {"Authorization": f"Basic {server.token}"}
    table = [
        ("no credential", "post", "/authorize", {"Content-Type": "application/json"}, json.dumps(question), 401),
        ("wrong credential", "post", "/authorize", good | nobody, json.dumps(question), 401),
        ("another scheme", "post", "/authorize", good | basic, json.dumps(question), 401),
        ("broken JSON", "post", "/authorize", good, "{", 400),
        ("member twice", "post", "/authorize", good, '{"request": 1, "request": 2}', 400),
        ("no body", "post", "/authorize", good, "", 400),
        ("request of the wrong type", "post", "/authorize", good, '{"request": "GET /"}', 400),
        ("too large", "post", "/authorize", good, json.dumps(question | {"more": "a" * 2_000_000}), 413),
        ("nested too deeply", "post", "/authorize", good, '{"request":' + "[" * 100 + "]" * 100 + "}", 400),
        ("GET", "get", "/authorize", good, None, 405),
        ("unknown path", "post", "/authorise", good, json.dumps(question), 404),
    ]
    for what, method, path, headers, body, status in table:
        response = requests.request(method, server.url + path, headers=headers, data=body, timeout=30)
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        report.expect(
            response.status_code == status and kind == "application/problem+json",
            f"{what}: {response.status_code} {kind} {response.text[:200]}, not {status} application/problem+json")
    return Counter(status for *_, status in table)


def main(work):
    report = Report()
    with Server(work, POLICIES, CONFIG) as server:
        spelled = as_clients_write(server, report)
        asked = sum(in_parallel(server, report, ask, cases()) for ask in (ask_with_requests, ask_with_curl))
        refused = refusals(server, report)
    report.finish(
        f"{spelled} request lines of real clients and {asked} questions asked by them decided,"
        f" {refused.total()} faulty ones refused with their status")


if __name__ == "__main__":
    main(sys.argv[1])
