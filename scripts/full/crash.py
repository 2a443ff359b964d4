"""Bad days at full size: SIGKILL amid a thousand creations and rotations, and a full disk."""

import base64
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from pdp import Report, Server

ROUNDS = 3
THREADS = 32
ACKNOWLEDGED = (400, 1_000)
DISK = "24m"
POLICIES = {
    "accounts.yaml": "service_accounts: []\n",
    "roles/reader.cedar": """@id("reader")
permit (principal in ?principal, action in [Quay::Action::"getRepo"], resource in ?resource);
""",
    "admin/bootstrap.cedar": """@id("bootstrap")
@waive("unconstrained-permit: the bootstrap account administers everything")
permit (
  principal == Quay::ServiceAccount::"svc-bootstrap",
  action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts", Pdp::Action::"escalate"],
  resource
);
"""}


class Api:
    """The administration API of a server, one kept connection a thread."""

    def __init__(self, server):
        self.server = server
        self.local = threading.local()
        self.token = None

    def exchange(self, method, path, body=None, headers=None):
        connection = getattr(self.local, "connection", None)
        if connection is None or self.local.netloc != self.server.netloc:
            connection = self.local.connection = http.client.HTTPConnection(self.server.netloc, timeout=20)
            self.local.netloc = self.server.netloc
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        except BaseException:
            connection.close()
            self.local.connection = None
            raise

    def grant_token(self, client_id, secret):
        basic = base64.b64encode(f"{quote(client_id)}:{quote(secret)}".encode()).decode()
        return self.exchange(
            "POST", "/oauth2/token", urlencode({"grant_type": "client_credentials"}),
            {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"})

    def log_in(self):
        bootstrap = json.loads((self.server.data / "bootstrap.json").read_text())
        status, body = self.grant_token(bootstrap["client_id"], bootstrap["client_secret"])
        if status != 200:
            raise SystemExit(f"error: no token for the bootstrap account: {status}")
        self.token = json.loads(body)["access_token"]

    def call(self, method, path, body=None, accept="application/json"):
        status, content = self.exchange(
            method, path, None if body is None else json.dumps(body),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Accept": accept})
        return status, content

    def answer(self, method, path, body=None):
        status, content = self.call(method, path, body)
        return status, json.loads(content) if content else {}

    def lines(self, path):
        status, content = self.call("GET", path, accept="application/x-ndjson")
        if status != 200:
            raise SystemExit(f"error: {path} answered {status}")
        return [json.loads(line) for line in content.splitlines()]

    def pages(self, path):
        items, token = [], None
        while True:
            status, page = self.answer("GET", path + (f"&page_token={token}" if token else ""))
            if status != 200:
                raise SystemExit(f"error: {path} answered {status}")
            items += page["items"]
            token = page["next_page_token"]
            if token is None:
                return items


class Acknowledged:
    """What the server said it did."""

    def __init__(self):
        self.lock = threading.Lock()
        self.accounts, self.credentials, self.rotations = set(), {}, {}
        self.stopped = False

    def count(self):
        return len(self.accounts) + len(self.rotations)


def work(api, said, number, round_number):
    name = f"svc-r{round_number}-{number}"
    status, _ = api.answer("POST", "/v1/service-accounts", {"name": name})
    if status != 201:
        raise AssertionError(f"creation of {name} answered {status}")
    with said.lock:
        said.accounts.add(name)
    path = f"/v1/service-accounts/{name}/credentials"
    status, first = api.answer("POST", path, {"kind": "client_secret"})
    if status != 201:
        raise AssertionError(f"credential of {name} answered {status}")
    with said.lock:
        said.credentials[first["id"]] = (name, first["client_secret"])
    status, second = api.answer("POST", f"{path}/{first['id']}/rotate", {})
    if status != 201:
        raise AssertionError(f"rotation of {name} answered {status}")
    with said.lock:
        said.credentials[second["id"]] = (name, second["client_secret"])
        said.rotations[first["id"]] = second["id"]


def until_killed(api, said, round_number, report):
    numbers = iter(range(1_000_000))
    lock = threading.Lock()

    def loop():
        while not said.stopped:
            with lock:
                number = next(numbers)
            try:
                work(api, said, number, round_number)
            except (OSError, http.client.HTTPException):
                return  # the server is gone: this one was not acknowledged
            except AssertionError as error:
                report.expect(said.stopped, str(error))
                return

    return [threading.Thread(target=loop) for _ in range(THREADS)]


def crash(work_directory, report):
    server = Server(work_directory, POLICIES, "server: {}\n")
    said = Acknowledged()
    with server:
        api = Api(server)
        for round_number in range(ROUNDS):
            api.log_in()
            said.stopped = False
            aim = said.count() + random.randint(*ACKNOWLEDGED)
            threads = until_killed(api, said, round_number, report)
            for thread in threads:
                thread.start()
            while said.count() < aim and any(thread.is_alive() for thread in threads):
                time.sleep(0.005)
            server.process.kill()
            said.stopped = True
            for thread in threads:
                thread.join()
            server.process.wait()
            server.__enter__()
            api.log_in()
            inspect(api, said, report)
    return said


def inspect(api, said, report):
    """Everything acknowledged is there, nothing is half there."""
    accounts = {account["name"]: account for account in api.pages("/v1/service-accounts?page_size=200")}
    missing = said.accounts - accounts.keys()
    report.expect(not missing, f"{len(missing)} acknowledged accounts are missing: {sorted(missing)[:3]}")
    events = api.lines("/v1/events")
    made = Counter(event["account"] for event in events if event["kind"] == "service_account.created")
    for name in accounts.keys() - {"svc-bootstrap"}:
        report.expect(made[name] == 1, f"{name} has {made[name]} events of its creation")
    report.expect(set(made) <= accounts.keys(), "an event tells of an account that is not there")
    rotated = {event["target"]: event["details"]["rotated"] for event in events if event["kind"] == "credential.rotated"}
    credentials = {}
    with ThreadPoolExecutor(4) as pool:
        for page in pool.map(
                lambda name: api.pages(f"/v1/service-accounts/{name}/credentials?page_size=100"), accounts):
            credentials |= {credential["id"]: credential for credential in page}
    lost = said.credentials.keys() - credentials.keys()
    report.expect(not lost, f"{len(lost)} acknowledged credentials are missing")
    for old, new in said.rotations.items():
        report.expect(credentials.get(old, {}).get("rotated_to") == new, f"rotation of {old} is half there")
    for new, old in rotated.items():
        report.expect(new in credentials and credentials[old]["rotated_to"] == new, f"rotation to {new} is half there")
    for name, secret in random.sample(sorted(said.credentials.values()), 20):
        status, _ = api.grant_token(name, secret)
        report.expect(status == 200, f"an acknowledged secret of {name} is answered {status}")


def full_disk(work_directory, report):
    """A disk that fills up: requests fail with 507 or 503, the server lives and recovers."""
    if os.geteuid() != 0:
        raise SystemExit("error: the test of a full disk mounts a small file system: run it as root")
    data = pathlib.Path(work_directory) / "data"
    data.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", data], check=True)
    try:
        with Server(work_directory, POLICIES, "audit: {disk_reserve: 1048576}\n") as server:
            api = Api(server)
            api.log_in()
            report.expect(api.answer("POST", "/v1/service-accounts", {"name": "svc-before"})[0] == 201, "before")
            filler = data / "filler"
            fill(filler)
            refused = Counter()
            made = []
            for number in range(60):
                status, body = api.answer("POST", "/v1/service-accounts", {"name": f"svc-full-{number}", "description": "x" * 1_500})
                refused[status] += 1
                if status == 201:
                    made.append(f"svc-full-{number}")
                else:
                    report.expect(status in (503, 507) and body.get("title"), f"a full disk answers {status}: {body}")
            report.expect(refused[503] + refused[507] > 0, f"the full disk was not noticed: {dict(refused)}")
            report.expect(api.exchange("GET", "/livez")[0] == 200, "the server does not live")
            question = {"request": {"method": "GET", "target": "/api/v1/repository/acme/app"},
                        "subject": {"type": "Quay::ServiceAccount", "id": "svc-before"}}
            for _ in range(40):
                report.expect(not server.ask(question)["decision"], "allowed with a full disk")
            filler.unlink()
            report.expect(recovers(api), "no creation succeeds after there is room again")
            names = {account["name"] for account in api.pages("/v1/service-accounts?page_size=200")}
            half = [f"svc-full-{number}" for number in range(60) if (f"svc-full-{number}" in names) != (f"svc-full-{number}" in made)]
            report.expect(not half, f"what was answered and what is there differ: {half}")
            return refused
    finally:
        subprocess.run(["umount", "-l", data], check=False)


def fill(filler):
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


def recovers(api):
    end = time.monotonic() + 20
    number = 0
    while time.monotonic() < end:
        number += 1
        if api.answer("POST", "/v1/service-accounts", {"name": f"svc-after-{number}"})[0] == 201:
            return True
        time.sleep(0.2)
    return False


def main():
    seed = int(os.environ.get("PDP_FULL_SEED", random.randrange(1 << 30)))
    random.seed(seed)
    print(f"seed {seed}")
    report = Report()
    work_directory = pathlib.Path(sys.argv[1])
    said = crash(work_directory / "crash", report)
    refused = full_disk(work_directory / "full", report)
    report.finish(
        f"{ROUNDS} SIGKILLs amid {len(said.accounts)} creations and {len(said.rotations)} rotations; "
        f"full disk answered {dict(sorted(refused.items()))}")


if __name__ == "__main__":
    main()
