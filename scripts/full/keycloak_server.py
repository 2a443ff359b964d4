"""Starts and administers a Keycloak for a check. `run` has unpacked its distribution into WORK/dist."""

import os
import signal
import socket
import subprocess
import time

import requests

from pdp import ROOT

START_SECONDS = 300
STOP_SECONDS = 20
ADMIN = ("admin", "admin-of-one-check")
KEYS = "org.keycloak.keys.KeyProvider"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Keycloak:
    """A Keycloak on the loopback address, its database in memory."""

    def __init__(self, work, features=()):
        self.home = next((work / "dist").glob("keycloak-*"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.features = features
        self.log = work / "keycloak.log"
        self.session = requests.Session()
        self.token_until = 0.0

    def __enter__(self):
        home = subprocess.check_output([ROOT / "scripts/find-jdk"], text=True).strip()
        features = [f"--features={','.join(self.features)}"] if self.features else []
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("KC_", "JAVA_"))}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.home / "bin/kc.sh", "start-dev", "--db=dev-mem", "--cache=local",
                 "--http-host=127.0.0.1", f"--http-port={self.port}", *features],
                env=environment | {
                    "JAVA_HOME": home, "JAVA_OPTS_APPEND": "-Xmx768m",
                    "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN[0], "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN[1]},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.await_start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def await_start(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/realms/master", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.5)
        raise SystemExit(f"error: Keycloak did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        """Ends the group of processes that was started: kc.sh and its servers."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(STOP_SECONDS)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                pass

    # What its administrator does.

    def admin(self, method, path, body=None):
        """The JSON answered below /admin/realms; of a creation the new thing's id."""
        if time.monotonic() > self.token_until:
            answer = requests.post(f"{self.url}/realms/master/protocol/openid-connect/token", timeout=30, data={
                "grant_type": "password", "client_id": "admin-cli", "username": ADMIN[0], "password": ADMIN[1]})
            answer.raise_for_status()
            self.session.headers["Authorization"] = "Bearer " + answer.json()["access_token"]
            self.token_until = time.monotonic() + answer.json()["expires_in"] / 2
        response = self.session.request(method, f"{self.url}/admin/realms{path}", json=body, timeout=30)
        if response.status_code >= 300:
            raise SystemExit(f"error: {method} {path} answered {response.status_code}: {response.text[:500]}")
        if response.status_code == 201:
            return response.headers["Location"].rsplit("/", 1)[-1]
        return response.json() if response.content else None

    def form(self, realm, **form):
        return requests.post(
            f"{self.url}/realms/{realm}/protocol/openid-connect/token", data=form, timeout=30)

    def token(self, realm, client, secret):
        """An access token that the client gets for itself."""
        answer = self.form(realm, grant_type="client_credentials", client_id=client, client_secret=secret)
        if answer.status_code != 200:
            raise SystemExit(f"error: no token for {client}: {answer.status_code} {answer.text[:500]}")
        return answer.json()["access_token"]

    def add_key(self, realm, name, algorithm, active=True):
        """A generated key that the realm publishes, and signs with from now on if it is active: its component's id."""
        priority = int(time.monotonic() * 1000)  # the newest wins
        return self.admin("POST", f"/{realm}/components", key_provider(name, algorithm, priority, active))

    def change_key(self, realm, key, **changes):
        component = self.admin("GET", f"/{realm}/components/{key}")
        component["config"] |= {name: [str(value).lower()] for name, value in changes.items()}
        self.admin("PUT", f"/{realm}/components/{key}", component)

    def published(self, realm):
        answer = requests.get(f"{self.url}/realms/{realm}/protocol/openid-connect/certs", timeout=30)
        return answer.json()["keys"]


def key_provider(name, algorithm, priority, active=True):
    special = {
        "ES256": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-256"]}),
        "EdDSA": ("eddsa-generated", {"eddsaEllipticCurveKey": ["Ed25519"]}),
        "RS256": ("rsa-generated", {"algorithm": ["RS256"], "keySize": ["2048"]})}
    provider, config = special[algorithm]
    return {
        "name": name, "providerId": provider, "providerType": KEYS,
        "config": {"priority": [str(priority)], "enabled": ["true"], "active": [str(active).lower()]} | config}
