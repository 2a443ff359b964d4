"""The four verifiers of verdicts.py: each says of a token whether it accepts it."""

import base64
import json
import pathlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from oauth_drivers import Driver
from pdp import ROOT, Server
from verdict_tokens import ACCOUNT, SUBJECT, UID, WORKLOAD

HERE = pathlib.Path(__file__).resolve().parent
REALM = "verdicts"
SECRET = "secret-of-one-check"
FEATURES = ["client-auth-federated", "jwt-authorization-grant", "kubernetes-service-accounts", "spiffe"]
ACCEPTED, REFUSED, NOT_ASKED = "accepts", "refuses", "–"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:"
CONFIG = "federation: {direct: true}\naudit: {durability: batch}\n"
TRUST_DOMAIN = "example.org"


class Documents:
    """Serves the issuers' documents, and notes who asks for what no verifier should look at."""

    def __init__(self, keys):
        self.documents = {}
        self.trapped = []
        documents = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/trap"):
                    documents.trapped.append(self.path)
                body = json.dumps(documents.documents.get(self.path, {})).encode()
                self.send_response(200 if self.path in documents.documents else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.issuers = {"oidc": self.url + "/oidc", "kubernetes": self.url + "/cluster", "trap": self.url + "/trap"}
        for kind, published in {"oidc": keys.oidc(), "kubernetes": keys.cluster_keys()}.items():
            path = self.issuers[kind].removeprefix(self.url)
            self.documents[path + "/keys"] = published
            self.documents[path + "/.well-known/openid-configuration"] = {
                "issuer": self.issuers[kind], "jwks_uri": self.issuers[kind] + "/keys",
                "id_token_signing_alg_values_supported": ["RS256"]}
        self.documents["/bundle"] = keys.bundle()
        self.published = {
            "oidc": self.documents["/oidc/keys"], "kubernetes": self.documents["/cluster/keys"],
            "spiffe": self.documents["/bundle"]}
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Ours:
    """Our server, asked at /authorize with an account that one workload of the issuer may be."""

    def __init__(self, work, documents, audience):
        self.server = Server(work, self.policies(documents, audience), CONFIG)

    @staticmethod
    def policies(documents, audience):
        places = {
            "oidc": f"issuer: '{documents.issuers['oidc']}', keys: {{jwks_file: oidc.json}}",
            "kubernetes": f"issuer: '{documents.issuers['kubernetes']}', keys: {{jwks_file: kubernetes.json}}",
            "spiffe": f"trust_domain: {TRUST_DOMAIN}, keys: {{bundle_file: spiffe.json}}"}
        pins = {
            "oidc": ("Oidc", f'principal.subject == "{SUBJECT}"'),
            "kubernetes": ("Kubernetes", f'principal.uid == "{UID}"'),
            "spiffe": ("Spiffe", 'principal.path == "/ns/ci/sa/builder"')}
        issuers = "".join(
            f"  - {{name: {kind}, kind: {kind}, audience: '{audience}', {place}}}\n" for kind, place in places.items())
        trust = "".join(f"""@id("{kind}")
permit (
  principal is Workload::{pins[kind][0]},
  action == Pdp::Action::"assume",
  resource == Quay::ServiceAccount::"svc-{kind}"
) when {{ principal.issuer == "{kind}" && {pins[kind][1]} }};
""" for kind in places)
        access = "".join(
            f'@id("{kind}-reads")\npermit (principal == Quay::ServiceAccount::"svc-{kind}",'
            ' action == Quay::Action::"getRepo", resource == Quay::Repository::"acme/app");\n' for kind in places)
        return {
            "issuers.yaml": "issuers:\n" + issuers, "trust/trust.cedar": trust, "access/access.cedar": access,
            "accounts.yaml": "service_accounts:\n" + "".join(f"  - name: svc-{kind}\n" for kind in places),
            **{f"{kind}.json": json.dumps(documents.published[kind]) for kind in places}}

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def verdict(self, row):
        answer = self.server.ask({
            "request": {"method": "GET", "target": "/api/v1/repository/acme/app"},
            "token": row.token, "account": f"svc-{row.kind}"})
        # another workload than the account's: its token was good
        if answer["decision"] or answer["cause"] == "no_permit":
            return ACCEPTED
        assert answer["cause"] == "invalid_token", f"{row.name}: {answer}"
        return REFUSED


class Libraries(Driver):
    """Nimbus with its defaults, and java-spiffe."""

    def __init__(self, work, documents, audience):
        home = subprocess.check_output([ROOT / "scripts/find-jdk"], text=True).strip()
        super().__init__([pathlib.Path(home) / "bin/java", "-cp", f"{work}/jars/*", HERE / "verdicts/Judge.java"],
                         work / "judge.log")
        self.documents, self.audience = documents, audience

    def nimbus(self, row):
        return self.verdict("nimbus", row)

    def java_spiffe(self, row):
        return self.verdict("java-spiffe", row) if row.kind == "spiffe" else NOT_ASKED

    def verdict(self, library, row):
        value = self(library, token=row.token, audience=self.audience,
                     keys=json.dumps(self.documents.published[row.kind]))
        return {"accepted": ACCEPTED, "refused": REFUSED}[value]


class Broker:
    """Keycloak, which takes these tokens from others: OIDC's by its JWT grant, the others' as clients' assertions."""

    def __init__(self, keycloak, documents):
        self.keycloak, self.documents = keycloak, documents
        self.clients, self.users = {}, {}
        keycloak.admin("POST", "", {"realm": REALM, "enabled": True})
        self.issuer = f"{keycloak.url}/realms/{REALM}"
        self.provider("oidc", "jwt-authorization-grant", {
            "issuer": documents.issuers["oidc"], "jwksUrl": documents.issuers["oidc"] + "/keys", "useJwksUrl": "true",
            "jwtAuthorizationGrantEnabled": "true", "jwtAuthorizationGrantAssertionReuseAllowed": "true",
            "jwtAuthorizationGrantMaxAllowedAssertionExpiration": "3600",
            "jwtAuthorizationGrantAllowedClockSkew": "60"})
        self.provider("kubernetes", "kubernetes", {
            "issuer": documents.issuers["kubernetes"], "allowedClockSkew": "60"})
        self.provider("spiffe", "spiffe", {
            "trustDomain": f"spiffe://{TRUST_DOMAIN}", "bundleEndpoint": documents.url + "/bundle",
            "allowedClockSkew": "60"})
        keycloak.admin("POST", f"/{REALM}/clients", {
            "clientId": "gate", "secret": SECRET, "publicClient": False, "serviceAccountsEnabled": True,
            "attributes": {"oauth2.jwt.authorization.grant.enabled": "true",
                           "oauth2.jwt.authorization.grant.idp": "oidc"}})

    def provider(self, alias, kind, config):
        self.keycloak.admin("POST", f"/{REALM}/identity-provider/instances", {
            "alias": alias, "providerId": kind, "enabled": True, "config": config})

    def verdict(self, row):
        if row.kind == "oidc":
            return self.granted(row.token)
        return self.authenticated(row)

    def granted(self, token):
        self.make_user(claims_of(token).get("sub", SUBJECT))
        answer = self.keycloak.form(
            REALM, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", client_id="gate", client_secret=SECRET,
            assertion=token)
        return ACCEPTED if answer.status_code == 200 else REFUSED

    def make_user(self, subject):
        """One that any token of this subject may be."""
        subject = subject if isinstance(subject, str) else json.dumps(subject)
        if subject in self.users:
            return
        name = f"user-{len(self.users)}"
        self.users[subject] = self.keycloak.admin("POST", f"/{REALM}/users", {
            "username": name, "enabled": True, "email": name + "@example.com", "emailVerified": True,
            "firstName": "Work", "lastName": "Load"})
        if 0 < len(subject) <= 255:  # what its database takes
            self.keycloak.admin("POST", f"/{REALM}/users/{self.users[subject]}/federated-identity/oidc", {
                "identityProvider": "oidc", "userId": subject, "userName": subject})

    def authenticated(self, row):
        subject = claims_of(row.token).get("sub", WORKLOAD if row.kind == "spiffe" else ACCOUNT)
        self.make_client(row.kind, subject)
        kind = "jwt-spiffe" if row.kind == "spiffe" else "jwt-bearer"
        answer = self.keycloak.form(
            REALM, grant_type="client_credentials", client_assertion_type=ASSERTION + kind,
            client_assertion=row.token)
        return ACCEPTED if answer.status_code == 200 else REFUSED

    def make_client(self, kind, subject):
        """One that any token of this subject may be."""
        if (kind, subject) in self.clients:
            return
        self.clients[kind, subject] = self.keycloak.admin("POST", f"/{REALM}/clients", {
            "clientId": f"client-{len(self.clients)}", "publicClient": False, "serviceAccountsEnabled": True,
            "clientAuthenticatorType": "federated-jwt",
            "attributes": {"jwt.credential.issuer": kind, "jwt.credential.sub": subject}})


def claims_of(token):
    """As far as they can be read."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return claims if isinstance(claims, dict) else {}
    except (ValueError, IndexError, RecursionError):
        return {}
