"""The adapter in a real Quay: accounts decided, people untouched, also while the decision point hangs and is down.

PDP_FULL_QUAY names the home of a Quay that `scripts/real-quay up` started, which `scripts/test --real-quay` does.
"""

import base64
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import time

import requests

from adapter_fixture import CONFIG, POLICIES, Check
from adapter_servers import ask, bearer, free_port
from pdp import ROOT, Report, Server

JSON = "Content-Type: application/json"
SCOPE = "repo:create repo:admin repo:write repo:read org:admin user:read"
PASSWORD = "password1"
START_SECONDS = 120


class Quay:
    """Quay's own web application under its own gunicorn, with the adapter around it."""

    def __init__(self, home, work, environment):
        self.home, self.log, self.port = pathlib.Path(home), work / "quay.log", free_port()
        self.url = f"http://localhost:{self.port}"
        paths = [".", self.home / "shim", ROOT / "scripts/quay"]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PDP_")} | {
            "PYTHONPATH": ":".join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"} | environment
        self.admin = json.loads((self.home / "first-user.json").read_text())["access_token"]

    def __enter__(self):
        command = [self.home / "venv/bin/python", "-m", "gunicorn", "-c", self.home / "gunicorn.py",
                   "--bind", f"127.0.0.1:{self.port}", "--timeout", "120", "--access-logfile", "-",
                   "pdp_web:application"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home / "source", env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if ask(self.port, "GET /api/v1/user/ HTTP/1.1").status == 401:
                    return self
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                raise SystemExit(f"error: Quay did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def call(self, method, path, body=None, expect=(200, 201, 204)):
        """As the superuser, by Quay's own OAuth token."""
        headers = {"Authorization": f"Bearer {self.admin}"}
        response = requests.request(method, self.url + path, json=body, headers=headers, timeout=60)
        if response.status_code not in expect:
            raise SystemExit(f"error: {method} {path} answered {response.status_code}: {response.text[:500]}")
        return response.json() if response.content else None

    def signed_in(self, name):
        """A person's session: the cookies, and the next CSRF token."""
        session = requests.Session()
        token = session.get(self.url + "/csrf_token", headers={"X-Requested-With": "XMLHttpRequest"}, timeout=60)
        response = session.post(
            self.url + "/api/v1/signin", json={"username": name, "password": PASSWORD},
            headers={"X-CSRF-Token": token.json()["csrf_token"]}, timeout=60)
        if response.status_code != 200:
            raise SystemExit(f"error: {name} cannot sign in: {response.text[:500]}")
        return session, response.headers.get("X-Next-CSRF-Token", token.json()["csrf_token"])

    def user_of(self, name, organization):
        """An OAuth token of a user for an account: the user is in a team, and an administrator assigned the token."""
        exists = (200, 201, 400, 409)
        for each in (organization, "payroll", "automation"):
            self.call("POST", "/api/v1/organization/", {"name": each, "email": f"{each}@example.com"}, exists)
        self.call("POST", "/api/v1/superuser/users/", {"username": name, "email": f"{name}@example.com"}, exists)
        self.call("PUT", f"/api/v1/superuser/users/{name}", {"password": PASSWORD})
        self.call("PUT", f"/api/v1/organization/{organization}/team/automation", {"role": "admin"})
        self.call("PUT", f"/api/v1/organization/{organization}/team/automation/members/{name}", {})
        client = self.call("POST", "/api/v1/organization/automation/applications", {
            "name": f"quay-pdp-{secrets.token_hex(4)}", "redirect_uri": self.url + "/oauth/localapp"})["client_id"]
        asked = {"client_id": client, "redirect_uri": self.url + "/oauth/localapp", "scope": SCOPE,
                 "response_type": "token"}
        session, csrf = self.signed_in("quayadmin")
        session.post(self.url + "/oauth/authorize/assignuser", params=asked | {"username": name},
                     data={"_csrf_token": csrf}, timeout=60).raise_for_status()
        session, csrf = self.signed_in(name)
        assigned = session.get(self.url + "/api/v1/user/assignedauthorization", timeout=60).json()["authorizations"]
        uuid = next(each["uuid"] for each in assigned if each["application"]["clientId"] == client)
        granted = session.post(
            self.url + "/oauth/authorizeapp", data=asked | {"assignment_uuid": uuid, "_csrf_token": csrf},
            allow_redirects=False, timeout=60)
        return re.search("access_token=([^&]+)", granted.headers["Location"])[1]


class Sight:
    """What is asked of this Quay, and what it must answer."""

    def __init__(self, check, quay, name):
        self.check, self.quay, self.name = check, quay, name
        self.path = f"/api/v1/repository/acme/{name}"
        self.one, self.two = (bearer(check.tokens[each]) for each in ("svc-one", "svc-two"))
        session, self.csrf = quay.signed_in("quayadmin")
        self.cookie = "Cookie: " + "; ".join(f"{each.name}={each.value}" for each in session.cookies)
        self.seen = 0

    def ask(self, line, *headers, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        more = () if body is None else (JSON, f"Content-Length: {len(text)}")
        self.seen += 1
        started = time.monotonic()
        answer = ask(self.quay.port, line + " HTTP/1.1", *headers, *more, body=text, timeout=60)
        print(f"  {answer.status} in {time.monotonic() - started:.3f} s  {line}")
        return answer

    def served(self, status, line, *headers, body=None):
        """Quay's own answer, to an account."""
        answer = self.ask(line, *headers, body=body)
        self.check.expect(
            answer.status == status and "x-pdp-decision-id" in answer.headers and "set-cookie" not in answer.headers,
            f"{line}: {answer} {answer.headers}")

    def refused(self, status, line, *headers, body=None, **members):
        self.check.refused(self.ask(line, *headers, body=body), status, line, **members)

    def untouched(self, status, line, *headers, body=None):
        """Quay's own answer, to anybody but accounts."""
        answer = self.ask(line, *headers, body=body)
        self.check.expect(answer.status == status and not any("pdp" in each for each in answer.headers),
                          f"{line}: {answer} {answer.headers}")

    def people(self):
        """A person reads and writes by session, and by Quay's own OAuth token; nobody may not."""
        text = {"description": "written by a person"}
        self.untouched(200, f"GET {self.path}", self.cookie)
        self.untouched(200, f"PUT {self.path}", self.cookie, f"X-CSRF-Token: {self.csrf}", body=text)
        self.untouched(200, f"PUT {self.path}", bearer(self.quay.admin), body=text)
        self.untouched(401, f"GET {self.path}")

    def decided(self):
        make = {"repository": self.name, "visibility": "private", "description": ""}
        self.served(201, "POST /api/v1/repository", self.one, body=make | {"namespace": "acme"})
        self.served(200, f"GET {self.path}", self.one)
        self.served(200, f"GET /api/v1/repository/acme%2F{self.name}", self.one)
        self.served(308, f"GET {self.path}/tag", self.one)
        self.refused(403, "POST /api/v1/repository", self.one, body=make | {"namespace": "payroll"}, cause="no_permit")
        self.refused(403, f"GET {self.path}", self.two, cause="no_permit")
        self.refused(403, f"GET {self.path}", self.two, self.cookie, cause="no_permit")
        self.refused(403, f"GET /{self.path}", self.one, cause="non_canonical_path")
        self.refused(403, f"DELETE /api/v1/repository/acme%2F{self.name}%2Ftag%2Flatest", self.one,
                     cause="ambiguous_route")
        self.refused(403, "DELETE /api/v1/user/", self.one)
        self.refused(401, f"GET {self.path}", self.one[:-8] + "AAAAAAAA", self.cookie, cause="invalid_token")
        basic = base64.b64encode(f"$oauthtoken:{self.check.tokens['svc-one']}".encode()).decode()
        self.refused(401, f"GET {self.path}", f"Authorization: Basic {basic}", self.cookie, cause="invalid_token")

    def own_shape(self, quays_token):
        """Quay's own 403 has no member that ours lacks, and the same value wherever it is not about this request."""
        own = self.ask("GET /api/v1/organization/payroll/members", quays_token).json()
        ours = self.ask("GET /api/v1/organization/payroll/members", self.one).json()
        same = {name: own[name] for name in ("error_type", "title", "status")}
        self.check.expect(same.items() <= ours.items() and own.keys() <= ours.keys(), f"{ours}, and Quay's own: {own}")

    def performer(self):
        logs = self.quay.call("GET", "/api/v1/organization/acme/logs")["logs"]
        made = [each["performer"]["name"] for each in logs
                if each["kind"] == "create_repo" and each["metadata"].get("repo") == self.name]
        self.check.expect(made == ["svc-one"], f"Quay's log names {made}, not svc-one")

    def without_decisions(self, server):
        server.process.send_signal(signal.SIGSTOP)
        try:
            self.refused(503, f"GET {self.path}", self.one, cause="decision_point_unavailable")
            self.people()
        finally:
            server.process.send_signal(signal.SIGCONT)
        self.served(200, f"GET {self.path}", self.one)
        server.stop()
        self.refused(503, f"GET {self.path}", self.one, cause="decision_point_unavailable")
        self.refused(503, f"GET {self.path}", self.one, self.cookie, cause="decision_point_unavailable")
        self.people()
        server.__enter__()
        self.check.server.ask({"request": {"method": "GET", "target": "/"}, "token": "warm"})
        self.served(200, f"GET {self.path}", self.one)


def main(work):
    home = os.environ.get("PDP_FULL_QUAY")
    if not home:
        raise SystemExit(f"error: PDP_FULL_QUAY names no Quay: {__doc__.partition(chr(10))[2].strip()}")
    work, report = pathlib.Path(work), Report()
    (work / "tokens").mkdir()
    with Server(work, POLICIES, CONFIG, listen=f"127.0.0.1:{free_port()}") as server:
        check = Check(server, work, report)
        environment = {
            "PDP_ADAPTER_URL": server.url, "PDP_ADAPTER_CALLER_TOKEN_FILE": str(work / "caller"),
            "PDP_ADAPTER_ISSUERS": server.url, "PDP_ADAPTER_QUAY_TOKEN": str(work / "tokens")}
        with Quay(home, work, environment) as quay:
            executed_with = quay.user_of("svc-one", "acme")
            (work / "tokens/svc-one").write_text(executed_with)
            sight = Sight(check, quay, f"web-{secrets.token_hex(4)}")
            sight.decided()
            sight.people()
            sight.own_shape(bearer(executed_with))
            sight.performer()
            sight.without_decisions(server)
        lines = [line for line in quay.log.read_text(errors="replace").splitlines() if line.startswith("refused ")]
        report.expect(len(lines) == 3, f"Quay's log has {len(lines)} refusals, not 3: {lines}")
        report.expect(not any(token in quay.log.read_text(errors="replace") for token in check.tokens.values()),
                      "Quay's log shows a token")
    report.finish(f"{sight.seen} requests to a real Quay, also while the decision point hung and while it was down")


if __name__ == "__main__":
    main(sys.argv[1])
