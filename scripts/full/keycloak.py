"""Tokens of a real Keycloak become service accounts, through a rotation of its keys under load."""

import base64
import json
import pathlib
import sys
import threading
import time
from collections import Counter

import requests

from keycloak_server import ADMIN, Keycloak
from pdp import ROOT, Report, Server

AUDIENCE = "https://pdp.example.com"
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
REALM = "ci"
SECRET = "secret-of-one-check"
GRANTS = "urn:ietf:params:oauth:grant-type:"
# each way to use a token, with the error that a grant refuses one with (RFC 8693 §2.2.2, RFC 7523 §3.1 and §3.2)
WAYS = {"directly": None, "exchanged": "invalid_request", "asserted": "invalid_grant", "proved": "invalid_client"}
COOLDOWN = 31  # the PDP asks an issuer for an unknown key every 30 s at most
THREADS = 4
CONFIG = "federation: {direct: true}\naudit: {durability: batch}\n"


def client(name, audiences, algorithm):
    """A client that gets tokens for itself, signed so and meant for these."""
    mappers = [
        {"name": audience, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
         "config": {"included.custom.audience": audience, "access.token.claim": "true"}} for audience in audiences]
    return {
        "clientId": name, "secret": SECRET, "publicClient": False, "serviceAccountsEnabled": True,
        "standardFlowEnabled": False, "fullScopeAllowed": False, "defaultClientScopes": ["basic"],
        "attributes": {"access.token.signed.response.alg": algorithm}, "protocolMappers": mappers}


def make_realm(keycloak):
    """A realm with a client for each algorithm; answers each client's subject."""
    keycloak.admin("POST", "", {"realm": REALM, "enabled": True, "accessTokenLifespan": 300})
    subjects = {}
    for algorithm in ALGORITHMS:
        made = keycloak.admin("POST", f"/{REALM}/clients", client(f"runner-{algorithm}", [AUDIENCE], algorithm))
        user = keycloak.admin("GET", f"/{REALM}/clients/{made}/service-account-user")
        subjects[algorithm] = user["id"]
    other = "https://other.example.com"
    for name, audiences in {"elsewhere": [other], "both": [AUDIENCE, other], "nowhere": []}.items():
        keycloak.admin("POST", f"/{REALM}/clients", client(name, audiences, "ES256"))
    return subjects


def policies(issuer, subjects):
    """The shipped policies with this realm beside their issuers, and an account for each algorithm."""
    shipped = {
        str(file.relative_to(ROOT / "policies")): file.read_text()
        for file in (ROOT / "policies").rglob("*") if file.is_file() and "tests" not in file.parts}
    shipped["issuers.yaml"] += (
        f"  - {{name: keycloak, kind: oidc, issuer: '{issuer}', audience: '{AUDIENCE}',"
        " algorithms: [ES256, RS256, EdDSA], keys: {discovery: true}, allow_private_addresses: true}\n")
    shipped["accounts.yaml"] += "".join(f"  - name: {account(algorithm)}\n" for algorithm in ALGORITHMS)
    shipped["trust/keycloak.cedar"] = "".join(f"""@id("keycloak-{algorithm}")
@description("The runner that Keycloak signs for with {algorithm}")
@owner("platform")
permit (
  principal is Workload::Oidc,
  action == Pdp::Action::"assume",
  resource == Quay::ServiceAccount::"{account(algorithm)}"
) when {{
  principal.issuer == "keycloak" && principal.subject == "{subject}"
    && principal.hasTag("azp") && principal.getTag("azp") == "runner-{algorithm}"
}};
""" for algorithm, subject in subjects.items())
    shipped["access/keycloak.cedar"] = "".join(f"""@id("{account(algorithm)}-reads")
@description("Reads one repository")
@owner("platform")
permit (
  principal == Quay::ServiceAccount::"{account(algorithm)}",
  action == Quay::Action::"getRepo",
  resource == Quay::Repository::"acme/app"
);
""" for algorithm in ALGORITHMS)
    return shipped


def account(algorithm):
    return "svc-runner-" + algorithm.lower()


def header(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Check:
    def __init__(self, keycloak, server, report):
        self.keycloak, self.server, self.report = keycloak, server, report
        self.expect = report.expect
        self.accepted, self.refused = Counter(), 0
        self.lock = threading.Lock()

    def fresh(self, algorithm):
        return self.keycloak.token(REALM, f"runner-{algorithm}", SECRET)

    def directly(self, token, name):
        """None if the token's bearer may be the account, otherwise why not."""
        return self.decided(name, token=token, account=name)

    def decided(self, name, **subject):
        answer = self.server.ask({"request": {"method": "GET", "target": "/api/v1/repository/acme/app"}} | subject)
        if not answer["decision"]:
            return answer["cause"]
        return None if answer["principal"]["id"] == name else f"is {answer['principal']}"

    def exchanged(self, token, name):
        return self.granted(name, grant_type=GRANTS + "token-exchange", subject_token=token,
                            subject_token_type="urn:ietf:params:oauth:token-type:jwt")

    def asserted(self, token, name):
        return self.granted(name, grant_type=GRANTS + "jwt-bearer", assertion=token)

    def proved(self, token, name):
        return self.granted(name, grant_type="client_credentials", client_assertion=token,
                            client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer")

    def granted(self, name, **form):
        answer = requests.post(self.server.url + "/oauth2/token", form | {"client_id": name}, timeout=30)
        if answer.status_code != 200:
            return answer.json()["error"]
        return self.decided(name, token=answer.json()["access_token"])

    def accepts(self, token, algorithm, what, ways=None):
        for way in ways or WAYS:
            why = getattr(self, way)(token, account(algorithm))
            if self.expect(why is None, f"{what}, {algorithm} token {header(token)} {way}: refused as {why}"):
                with self.lock:
                    self.accepted[algorithm] += 1

    def refuses(self, token, name, what, cause="invalid_token"):
        for way, error in WAYS.items():
            why = getattr(self, way)(token, name)
            should = cause if way == "directly" else error
            self.refused += self.expect(why == should, f"{what} as {name}, {way}: {why}, not {should}")

    def kids(self):
        return {key["alg"]: key["kid"] for key in self.keycloak.published(REALM) if key["use"] == "sig"}


class Load:
    """Runners that take a new token each time and use it at once, while the keys change."""

    def __init__(self, check):
        self.check, self.ended = check, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(THREADS)]
        self.count = 0

    def run(self, turn):
        while not self.ended.is_set():
            algorithm, way = ALGORITHMS[turn % len(ALGORITHMS)], list(WAYS)[turn % len(WAYS)]
            turn += 1
            self.check.accepts(self.check.fresh(algorithm), algorithm, "under load", [way])
            with self.check.lock:
                self.count += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def bad_tokens(check):
    """Tokens that Keycloak signs for others than us, or whose bearers are others."""
    for name, what in {"elsewhere": "another audience", "both": "two audiences", "nowhere": "no audience"}.items():
        check.refuses(check.keycloak.token(REALM, name, SECRET), account("ES256"), what)
    es256, rs256 = check.fresh("ES256"), check.fresh("RS256")
    check.refuses(es256, account("RS256"), "another client's subject", "no_permit")
    check.refuses(es256, "svc-terraform", "an account that trusts another issuer", "no_permit")
    check.refuses(es256.rsplit(".", 1)[0] + "." + rs256.rsplit(".", 1)[1], account("ES256"), "another's signature")
    master = check.keycloak.form("master", grant_type="password", client_id="admin-cli", username=ADMIN[0],
                                 password=ADMIN[1]).json()["access_token"]
    check.refuses(master, account("RS256"), "another realm's token")


def rotation(check, old_keys):
    """New keys are published first and sign later, as Keycloak's manual has it; then the old ones are disabled."""
    before = {algorithm: check.fresh(algorithm) for algorithm in ALGORITHMS}
    new_keys = {algorithm: check.keycloak.add_key(REALM, f"{algorithm}-2", algorithm, active=False)
                for algorithm in ALGORITHMS}
    for algorithm in ALGORITHMS:
        check.expect(header(check.fresh(algorithm)) == header(before[algorithm]), f"{algorithm}: a passive key signs")
    check.server.rest(COOLDOWN)
    for key in new_keys.values():
        check.keycloak.change_key(REALM, key, active=True)
    for algorithm in ALGORITHMS:
        after = check.fresh(algorithm)
        check.expect(header(after)["kid"] != header(before[algorithm])["kid"], f"{algorithm}: the old key still signs")
        check.accepts(after, algorithm, "of the new key")
        check.accepts(before[algorithm], algorithm, "of the old key, still published")
    print("  keys of three algorithms rotated: tokens of both accepted")
    withdrawal(check, before, old_keys)


def withdrawal(check, before, old_keys):
    """Disabled keys end their tokens with the next refresh, which a key that nobody knew yet brings about."""
    for key in old_keys.values():
        check.keycloak.change_key(REALM, key, enabled=False)
    kids = {key["kid"] for key in check.keycloak.published(REALM)}
    for algorithm in ALGORITHMS:
        check.expect(header(before[algorithm])["kid"] not in kids, f"{algorithm}: Keycloak still publishes the old key")
    check.server.rest(COOLDOWN)
    check.keycloak.add_key(REALM, "ES256-3", "ES256")
    check.accepts(check.fresh("ES256"), "ES256", "of a key that signs at once")
    for algorithm in ALGORITHMS:
        check.refuses(before[algorithm], account(algorithm), "a disabled key's token")
        check.accepts(check.fresh(algorithm), algorithm, "after the old key's end")
    print("  tokens of the disabled keys refused after the refresh")


def main(work):
    report = Report()
    work = pathlib.Path(work)
    started = time.monotonic()
    with Keycloak(work) as keycloak:
        print(f"  Keycloak {keycloak.home.name.removeprefix('keycloak-')} up in {time.monotonic() - started:.0f} s")
        subjects = make_realm(keycloak)
        keys = {algorithm: keycloak.add_key(REALM, f"{algorithm}-1", algorithm) for algorithm in ALGORITHMS}
        with Server(work, policies(f"{keycloak.url}/realms/{REALM}", subjects), CONFIG) as server:
            check = Check(keycloak, server, report)
            for algorithm in ALGORITHMS:
                token = check.fresh(algorithm)
                report.expect(header(token)["alg"] == algorithm, f"Keycloak signs {header(token)}, not {algorithm}")
                check.accepts(token, algorithm, "first")
            bad_tokens(check)
            with Load(check) as load:
                rotation(check, keys)
    report.expect(not server.log_shows_token(), "the log holds a part of a token")
    report.finish(
        f"{sum(check.accepted.values())} tokens of Keycloak accepted"
        f" ({', '.join(f'{count} {algorithm}' for algorithm, count in check.accepted.items())}), {load.count} of them"
        f" under load while its keys changed; {check.refused} refused")


if __name__ == "__main__":
    main(sys.argv[1])
