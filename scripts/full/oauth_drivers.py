"""Runs the OAuth libraries and servers of other languages for oauth.py. `run` has put their packages into WORK."""

import json
import pathlib
import subprocess

import requests

from pdp import ROOT

HERE = pathlib.Path(__file__).resolve().parent


class Refused(Exception):
    """A library raised an error: its `problem` is what the library says of it."""

    def __init__(self, problem):
        super().__init__(problem)
        self.problem = problem


class Driver:
    """A process that answers each line of JSON with one."""

    def __init__(self, command, log):
        self.command, self.log = command, log

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def __call__(self, name, **command):
        """The value of the answer.

        Raises Refused when the library raised something.
        """
        self.process.stdin.write(json.dumps({"do": name} | command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"error: {self.command[0]} ended: {self.log.read_text(errors='replace')[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["value"]


class NodeClients(Driver):
    """npm openid-client and jose."""

    def __init__(self, work):
        super().__init__(["node", work / "node" / "clients.mjs"], work / "node.log")


class SpringClients(Driver):
    """Spring Security's OAuth2 client."""

    def __init__(self, work):
        home = subprocess.run([ROOT / "scripts/find-jdk"], capture_output=True, text=True, check=True).stdout.strip()
        super().__init__(
            [pathlib.Path(home) / "bin/java", "-cp", f"{work}/spring/*", HERE / "oauth-spring/SpringClients.java"],
            work / "spring.log")


class ForeignServer:
    """npm oidc-provider with one client."""

    def __init__(self, work, issuer, name, secret, kid):
        self.work, self.client = work, (name, secret)
        self.argument = json.dumps(
            {"issuer": issuer, "clients": [{"client_id": name, "client_secret": secret}], "kid": kid})

    def __enter__(self):
        log = self.work / "provider.log"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                ["node", self.work / "node" / "provider.mjs", self.argument],
                stdout=subprocess.PIPE, stderr=file, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.url = line.removeprefix("listening on ").strip()
                return self
        raise SystemExit(f"error: the other authorization server did not start: {log.read_text()[-2000:]}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def token(self, resource):
        """A JWT for this resource, or an opaque token for none."""
        form = {"grant_type": "client_credentials"} | ({"resource": resource} if resource else {})
        response = requests.post(self.url + "/token", form, auth=self.client, timeout=30)
        if response.status_code != 200:
            raise SystemExit(f"error: the other authorization server answered {response.text[:500]}")
        return response.json()["access_token"]
