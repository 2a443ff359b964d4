"""OAuth clients that we did not write get tokens, introspect and revoke; another server's tokens are refused."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import time
from urllib.parse import quote_plus

import joserfc.jwk
import joserfc.jwt
import jwt
import requests
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, InvalidScopeError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from oauth_drivers import ForeignServer, NodeClients, Refused, SpringClients
from pdp import ROOT, Report, Server
from tokens import Key

CLAIMS = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]  # RFC 9068 §2.2
LIFETIME = range(290, 301)  # of 300 s, what is left when the client reads it
ASSERTED = ["ES256", "ES384", "RS256", "PS256", "EdDSA"]
PUBLISH_AHEAD = 1
CONFIG = f"tokens: {{publish_ahead: PT{PUBLISH_AHEAD}S}}\n"
POLICIES = {"accounts.yaml": "groups: [{name: pdp-admins}]\n"} | {
    f"{directory}/{file.name}": file.read_text()
    for directory in ("admin", "roles") for file in (ROOT / "policies" / directory).glob("*.cedar")}


def private_jwk(key):
    private = jwt.algorithms.get_default_algorithms()[key.algorithm].to_jwk(key.private, as_dict=True)
    private.pop("key_ops", None)
    return private | {"kid": key.kid, "alg": key.algorithm}


class Check:
    def __init__(self, server, node, spring, report):
        self.server, self.node, self.spring, self.report = server, node, spring, report
        self.url = self.issuer = server.url
        self.expect = report.expect
        self.admin = granted_to_bootstrap(server)
        self.api("/v1/service-accounts", {"name": "svc-admin", "groups": ["pdp-admins"]})
        self.admin = self.grant(HTTPBasicAuth("svc-admin", self.secret("svc-admin")))

    # What the administrator does.

    def api(self, path, body):
        response = requests.post(
            self.url + path, json=body, timeout=30, headers={"Authorization": f"Bearer {self.admin}"})
        if response.status_code not in (200, 201):
            raise SystemExit(f"error: POST {path} answered {response.status_code}: {response.text[:500]}")
        return response.json()

    def account(self, name, **members):
        """An account that may do everything in acme."""
        self.api("/v1/service-accounts", {"name": name} | members)
        self.api(f"/v1/service-accounts/{name}/grants",
                 {"role": "organization-admin", "resource": {"type": "Quay::Organization", "id": "acme"}})

    def secret(self, name):
        return self.api(f"/v1/service-accounts/{name}/credentials", {"kind": "client_secret"})["client_secret"]

    def key(self, name, algorithm):
        """The private key, as a JWK, of a new credential of the account."""
        key = Key.generate(algorithm)
        self.api(f"/v1/service-accounts/{name}/credentials", {"kind": "public_key", "jwk": key.jwk()})
        return private_jwk(key)

    # What the account does by plain HTTP.

    def form(self, path, auth, **form):
        return requests.post(self.url + path, form, auth=auth, timeout=30)

    def grant(self, auth, **form):
        response = self.form("/oauth2/token", auth, grant_type="client_credentials", **form)
        if response.status_code != 200:
            raise SystemExit(f"error: no token for {auth.username}: {response.status_code} {response.text[:500]}")
        return response.json()["access_token"]

    def exchange(self, auth, token):
        return self.form(
            "/oauth2/token", auth, grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
            subject_token=token, subject_token_type="urn:ietf:params:oauth:token-type:access_token")

    def introspected(self, auth, token):
        response = self.form("/oauth2/introspect", auth, token=token)
        return response.json() if response.status_code == 200 else {"status": response.status_code}

    def decision(self, token, target="/api/v1/organization/acme/members", method="GET"):
        request = {"method": method, "target": target, "source_ip": "10.2.3.4"}
        answer = self.server.ask({"request": request, "token": token})
        return answer["decision"], answer["cause"], answer.get("principal")

    def may(self, name, token, what):
        should = (True, None, {"type": "Quay::ServiceAccount", "id": name})
        decided = self.decision(token)
        self.expect(decided == should, f"{what}: /authorize says {decided}, not {should}")

    def may_not(self, token, cause, what, **question):
        decided = self.decision(token, **question)
        self.expect(decided[:2] == (False, cause), f"{what}: /authorize says {decided}, not {cause}")

    def refused(self, do, what, **members):
        """That the library raises just this."""
        try:
            do()
        except Refused as e:
            got = {name: e.problem.get(name) for name in members}
            self.expect(got == members, f"{what}: {e.problem}, not {members}")
        else:
            self.expect(False, f"{what}: was not refused")


# Part 1: npm openid-client.

def node_clients(check):
    check.account("svc-node")
    secret = check.secret("svc-node")
    proofs = [("client_secret_basic", {"secret": secret}), ("client_secret_post", {"secret": secret})]
    proofs += [("private_key_jwt", {"jwk": check.key("svc-node", algorithm)}) for algorithm in ASSERTED]
    for i, (method, proof) in enumerate(proofs):
        algorithm = ["oidc", "oauth2"][i % 2]
        what = f"openid-client, {algorithm} discovery, {method} {proof.get('jwk', {}).get('alg', '')}".rstrip()
        try:
            node_life(check, algorithm, {"client_id": "svc-node", "method": method} | proof, what)
        except Refused as e:
            check.expect(False, f"{what}: {e.problem}")
    node_refusals(check, secret)
    return len(proofs)


def node_life(check, algorithm, client, what):
    """Discovery, token, introspection, decision, revocation, and what is left then."""
    node = check.node
    found = node("discover", issuer=check.issuer, algorithm=algorithm, **client)
    metadata, configuration = found["metadata"], found["configuration"]
    check.expect(metadata["issuer"] == check.issuer, f"{what}: issuer is {metadata['issuer']}")
    check.expect(
        client["method"] in metadata["token_endpoint_auth_methods_supported"], f"{what}: method is not in {metadata}")
    granted = node("grant", configuration=configuration, parameters={})
    token = granted["access_token"]
    check.expect(granted["token_type"] == "bearer" and granted["expires_in"] in LIFETIME,
                 f"{what}: granted {granted | {'access_token': '…'}}")
    seen = node("introspect", configuration=configuration, token=token)
    should = {"active": True, "client_id": "svc-node", "sub": "svc-node", "username": "svc-node", "iss": check.issuer,
              "aud": check.issuer, "token_type": "Bearer"}
    got = {name: seen.get(name) for name in should}
    check.expect(got == should, f"{what}: introspected {got}, not {should}")
    check.may("svc-node", token, what)
    narrowed = node("grant", configuration=configuration, parameters={"scope": "repo:read"})
    check.expect(narrowed.get("scope") == "repo:read", f"{what}: the narrowed token's scope is {narrowed.get('scope')}")
    check.may_not(narrowed["access_token"], "insufficient_scope", f"{what}, narrowed")
    node("revoke", configuration=configuration, token=token)
    seen = node("introspect", configuration=configuration, token=token)
    check.expect(seen == {"active": False}, f"{what}: introspected after the revocation: {seen}")
    check.may_not(token, "token_revoked", f"{what}, revoked")
    node("revoke", configuration=configuration, token=token)  # RFC 7009 §2.2: no error
    seen = node("introspect", configuration=configuration, token=narrowed["access_token"])
    check.expect(seen["active"] and seen["scope"] == "repo:read", f"{what}: the other token is {seen}")


def node_refusals(check, secret):
    node = check.node

    def configured(method, proof, name="svc-node"):
        return node("discover", issuer=check.issuer, client_id=name, method=method, **proof)["configuration"]

    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    stranger = private_jwk(Key.generate("ES256"))
    body = {"name": "ResponseBodyError", "error": "invalid_client", "status": 401}
    # RFC 6749 §5.2: whoever uses the header is answered with a challenge, which the library reports first
    challenge = {"name": "WWWAuthenticateChallengeError", "status": 401}
    for method, proof, name, should in [
            ("client_secret_post", {"secret": wrong}, "svc-node", body),
            ("client_secret_post", {"secret": secret}, "svc-nobody", body),
            ("private_key_jwt", {"jwk": stranger}, "svc-node", body),
            ("client_secret_basic", {"secret": wrong}, "svc-node", challenge),
            ("client_secret_basic", {"secret": secret}, "svc-nobody", challenge)]:
        configuration = configured(method, proof, name)
        what = f"openid-client, wrong {method} of {name}"
        for do, more in [("grant", {"parameters": {}}), ("introspect", {"token": "x"}), ("revoke", {"token": "x"})]:
            check.refused(
                lambda: node(do, configuration=configuration, **more), f"{what}: {do}", **should)
    good = configured("client_secret_post", {"secret": secret})
    for parameters, error in [
            ({"scope": "no:such"}, "invalid_scope"), ({"resource": "https://other.example.com"}, "invalid_target")]:
        check.refused(lambda: node("grant", configuration=good, parameters=parameters), f"openid-client, {parameters}",
                      name="ResponseBodyError", error=error, status=400)


# Part 2: Spring Security.

def spring_clients(check):
    check.account("svc-spring")
    check.account("svc-legacy", client_assertion_audience="legacy")
    secret = check.secret("svc-spring")
    granted = 0
    cases = [("svc-spring", method, {"secret": secret}) for method in ("client_secret_basic", "client_secret_post")]
    cases += [("svc-legacy", "private_key_jwt", {"jwk": check.key("svc-legacy", a)}) for a in ("ES256", "RS256")]
    for name, method, proof in cases:
        what = f"Spring Security, {method} {proof.get('jwk', {}).get('alg', '')}".rstrip()
        client = {"issuer": check.issuer, "client_id": name, "method": method} | proof
        try:
            answer = check.spring("grant", **client)
            narrowed = check.spring("grant", scope=["repo:read"], **client)
        except Refused as e:
            check.expect(False, f"{what}: {e.problem}")
            continue
        granted += 2
        check.expect(answer["token_type"] == "Bearer" and answer["seconds"] in LIFETIME,
                     f"{what}: {answer | {'access_token': '…'}}")
        check.may(name, answer["access_token"], what)
        check.expect(narrowed["scopes"] == ["repo:read"], f"{what}: scopes are {narrowed['scopes']}")
        check.may_not(narrowed["access_token"], "insufficient_scope", f"{what}, narrowed")
    wrong = {"issuer": check.issuer, "client_id": "svc-spring"}
    strict = {"jwk": check.key("svc-spring", "ES256"), "method": "private_key_jwt"}
    other = check.secret("svc-legacy")
    for what, proof in [
            ("whose assertion has the token endpoint for its audience, without `legacy`", strict),
            ("another account's secret in the header", {"secret": other, "method": "client_secret_basic"}),
            ("another account's secret in the body", {"secret": other, "method": "client_secret_post"})]:
        # Spring takes only answers with status 400 apart; in this one's message stands what it was answered.
        try:
            check.spring("grant", **wrong | proof)
        except Refused as e:
            message = e.problem["message"]
            check.expect("401" in message and '"error":"invalid_client"' in message.replace(" ", ""),
                         f"Spring Security, {what}: {e.problem}")
        else:
            check.expect(False, f"Spring Security, {what}: got a token")
    check.refused(
        lambda: check.spring("grant", scope=["no:such"], method="client_secret_post", secret=secret, **wrong),
        "Spring Security, unknown scope", name="ClientAuthorizationException", error="invalid_scope")
    return granted


# Part 3: requests-oauthlib, with introspection and revocation by requests.

def python_clients(check):
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the check's server has no TLS
    check.account("svc-python")
    secret = check.secret("svc-python")
    auth = HTTPBasicAuth("svc-python", secret)
    granted = 0
    for scope in (None, ["repo:read"], ["repo:read", "repo:write"]):
        for in_body in (False, True):
            what = f"requests-oauthlib, scope {scope}, secret in the {'body' if in_body else 'header'}"
            with OAuth2Session(client=BackendApplicationClient("svc-python", scope=scope), scope=scope) as session:
                how = {"include_client_id": True, "client_secret": secret} if in_body else {"auth": auth}
                token = session.fetch_token(check.url + "/oauth2/token", **how)
                granted += 1
                answer = session.get(check.url + "/v1/service-accounts/svc-python", timeout=30)
            should = (200,) if scope is None else (403, 404)
            check.expect(answer.status_code in should, f"{what}: /v1 answers {answer.status_code}, not {should}")
            access = token["access_token"]
            check.expect(set((token.scope or "").split()) == set(scope or []), f"{what}: scope is {token.scope}")
            if scope is None:
                check.may("svc-python", access, what)
            else:
                check.may_not(access, "insufficient_scope", what)
            seen = check.introspected(auth, access)
            check.expect(seen.get("active") and seen.get("scope") == (scope and " ".join(scope)), f"{what}: {seen}")
            revoked = check.form("/oauth2/revoke", auth, token=access)
            check.expect((revoked.status_code, revoked.content) == (200, b""), f"{what}: revocation {revoked}")
            check.expect(check.introspected(auth, access) == {"active": False}, f"{what}: active after revocation")
            check.may_not(access, "token_revoked", f"{what}, revoked")
    python_refusals(check, auth)
    return granted


def python_refusals(check, auth):
    def fetch(error, what, scope=None, secret=auth.password):
        try:
            with OAuth2Session(client=BackendApplicationClient("svc-python", scope=scope)) as session:
                session.fetch_token(check.url + "/oauth2/token", auth=HTTPBasicAuth("svc-python", secret))
        except error:
            raised = True
        except Exception as e:
            raised = repr(e)
        else:
            raised = False
        check.expect(raised is True, f"requests-oauthlib, {what}: {raised or 'nothing'} raised, not {error.__name__}")

    fetch(InvalidClientError, "wrong secret", secret=auth.password[::-1])
    fetch(InvalidScopeError, "unknown scope", scope=["no:such"])
    token = check.grant(auth)
    check.account("svc-other")
    other = HTTPBasicAuth("svc-other", check.secret("svc-other"))
    seen = check.introspected(other, token)
    check.expect(seen == {"active": False}, f"another account introspects: {seen}")
    stolen = check.form("/oauth2/revoke", other, token=token)
    check.expect(stolen.status_code == 400 and stolen.json()["error"] == "unauthorized_client",
                 f"another account revokes: {stolen.status_code} {stolen.text}")
    check.may("svc-python", token, "after another account's attempt to revoke it")


# Part 4: our tokens and other JOSE libraries.

class Verifiers:
    """Resource servers that verify our tokens with jose, PyJWT and joserfc from the keys that we publish."""

    def __init__(self, url, node, expect):
        self.issuer, self.node, self.expect = url, node, expect
        self.uri = requests.get(url + "/.well-known/oauth-authorization-server", timeout=30).json()["jwks_uri"]
        self.pyjwt = jwt.PyJWKClient(self.uri, cooldown_duration=0)
        self.fetched = None

    def jose(self, token):
        verified = self.node(
            "verify", jwks_uri=self.uri, token=token, issuer=self.issuer, audience=self.issuer,
            typ="at+jwt", algorithms=["ES256", "RS256"], requiredClaims=CLAIMS)
        self.fetched = verified["fetched"]
        return verified["payload"]

    def py_jwt(self, token):
        return jwt.decode(
            token, self.pyjwt.get_signing_key_from_jwt(token), ["ES256", "RS256"], {"require": CLAIMS},
            audience=self.issuer, issuer=self.issuer)

    def joserfc(self, token):
        keys = joserfc.jwk.KeySet.import_key_set(requests.get(self.uri, timeout=30).json())
        claims = joserfc.jwt.decode(token, keys, ["ES256", "RS256"]).claims
        required = {name: {"essential": True} for name in CLAIMS}
        fixed = {name: {"essential": True, "value": self.issuer} for name in ("iss", "aud")}
        joserfc.jwt.JWTClaimsRegistry(**required | fixed).validate(claims)
        return claims

    def all(self):
        return self.jose, self.py_jwt, self.joserfc

    def verify(self, token, name, what):
        for library in self.all():
            try:
                claims = library(token)
            except Exception as e:
                self.expect(False, f"{what}: {library.__name__} refuses it: {e!r}")
                continue
            self.expect(claims["sub"] == claims["client_id"] == name, f"{what}: {library.__name__}: {claims}")

    def refuse(self, token, what):
        for library in self.all():
            try:
                claims = library(token)
            except Exception:
                claims = None
            self.expect(claims is None, f"{what}: {library.__name__} accepts it")


def tampered(token):
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    raised = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "svc-admin"}).encode()).rstrip(b"=").decode()
    return f"{head}.{raised}.{signature}"


def granted_to_bootstrap(server):
    """A token of the account that the first start made."""
    bootstrap = json.loads((server.data / "bootstrap.json").read_text())
    response = requests.post(server.url + "/oauth2/token", {"grant_type": "client_credentials"}, timeout=30,
                             auth=(bootstrap["client_id"], bootstrap["client_secret"]))
    if response.status_code != 200:
        raise SystemExit(f"error: no token for the bootstrap account: {response.status_code} {response.text[:500]}")
    return response.json()["access_token"]


def signed_with_rsa(work, node, report):
    """What every verifier knows (RFC 9068 §2.1), for those that know no more."""
    work.mkdir()
    with Server(work, POLICIES, "tokens: {signing_algorithm: rs256}\n") as server:
        token = granted_to_bootstrap(server)
        report.expect(jwt.get_unverified_header(token)["alg"] == "RS256", "the token is not signed with RS256")
        Verifiers(server.url, node, report.expect).verify(token, "svc-bootstrap", "token signed with RS256")


def jose_libraries(check):
    check.account("svc-verified")
    auth = HTTPBasicAuth("svc-verified", check.secret("svc-verified"))
    verifiers = Verifiers(check.url, check.node, check.expect)
    first = check.grant(auth)
    verifiers.verify(first, "svc-verified", "token")
    verifiers.refuse(tampered(first), "token with another subject")
    check.may_not(tampered(first), "invalid_token", "token with another subject")

    fetched = verifiers.fetched
    deadline = time.monotonic() + 30
    while not check.api("/v1/signing-keys/rotate", {})["rotated"] and time.monotonic() < deadline:
        time.sleep(0.2)
    second = check.grant(auth)
    kids = [jwt.get_unverified_header(token)["kid"] for token in (first, second)]
    check.expect(kids[0] != kids[1], "the rotation did not change the signing key")
    for token, what in ((first, "token of before the rotation"), (second, "token of after the rotation")):
        verifiers.verify(token, "svc-verified", what)
        check.may("svc-verified", token, what)
    check.expect(verifiers.fetched == fetched, "the next key was not published before it signed: jose fetched again")

    check.api("/v1/signing-keys/rotate", {"compromised": True})
    third = check.grant(auth)
    verifiers.verify(third, "svc-verified", "token of after the emergency rotation")
    check.may("svc-verified", third, "token of after the emergency rotation")
    check.expect(verifiers.fetched == fetched + 1, "jose did not fetch the replaced keys once")
    for token, what in ((first, "token of two rotations ago"), (second, "token of before the emergency rotation")):
        verifiers.refuse(token, what)
        check.may_not(token, "invalid_token", what)
        check.expect(check.introspected(auth, token) == {"active": False}, f"{what}: is active")
    return len(verifiers.all())


# Part 5: the tokens of another authorization server.

def foreign_tokens(check, work):
    check.account("svc-victim")
    auth = HTTPBasicAuth("svc-victim", check.secret("svc-victim"))
    own = check.grant(auth)
    kid = jwt.get_unverified_header(own)["kid"]
    foreign = {}
    secret = "made-for-another-server-and-of-no-use-here"
    for what, issuer in (("its own issuer", None), ("our issuer", check.issuer)):
        with ForeignServer(work, issuer, "svc-victim", secret, kid) as other:
            for aud, resource in (("another audience", "https://other.example.com"), ("our audience", check.issuer)):
                token = other.token(resource)
                # as good as ours: verified with the keys of its own issuer
                claims = jwt.decode(
                    token, jwt.PyJWKClient(other.url + "/jwks").get_signing_key_from_jwt(token), ["ES256"],
                    {"require": CLAIMS}, audience=resource, issuer=issuer or other.url)
                header = jwt.get_unverified_header(token)
                check.expect(
                    (claims["sub"], header["typ"], header["kid"]) == ("svc-victim", "at+jwt", kid),
                    f"the other server made {header} {claims}")
                foreign[f"token of another server with {what}, {aud}"] = token
            foreign[f"opaque token of another server with {what}"] = other.token(None)
    everywhere(check, auth, {"our own token": own}, True)
    everywhere(check, auth, foreign, False)
    return len(foreign)


def everywhere(check, auth, tokens, good):
    """What each place where a token can be presented makes of it."""
    for what, token in tokens.items():
        if good:
            check.may(auth.username, token, what)
        else:
            check.may_not(token, "invalid_token", what)
        answer = requests.get(f"{check.url}/v1/service-accounts/{auth.username}", timeout=30,
                              headers={"Authorization": f"Bearer {token}"})
        check.expect(answer.status_code == (200 if good else 401), f"{what}: /v1 answers {answer.status_code}")
        challenge = answer.headers.get("WWW-Authenticate", "")
        check.expect(good or 'error="invalid_token"' in challenge, f"{what}: /v1 challenges with {challenge!r}")
        seen = check.introspected(auth, token)
        check.expect(seen.get("active") is True if good else seen == {"active": False}, f"{what}: introspected {seen}")
        answer = check.exchange(auth, token)
        got = (answer.status_code, answer.json().get("error"))
        should = (200, None) if good else (400, "invalid_request")
        check.expect(got == should, f"{what}: exchange answers {got}, not {should}")
        if not good:
            answer = check.form("/oauth2/revoke", auth, token=token)
            check.expect((answer.status_code, answer.content) == (200, b""), f"{what}: revocation {answer.text}")


# Part 6: one credential in every spelling of Basic authentication.

def spellings(check):
    check.account("svc-basic")
    secret = check.secret("svc-basic")

    def header(name, password):
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()

    def every_byte(text, form="%{:02X}"):
        return "".join(form.format(byte) for byte in text.encode())

    credential = {"client_id": "svc-basic", "secret": secret}
    headers = {
        "raw, as curl -u": header("svc-basic", secret),
        "Go's url.QueryEscape": header(quote_plus("svc-basic", safe="~"), quote_plus(secret, safe="~")),
        "openid-client": check.node("basic", **credential),
        "Spring Security": check.spring("basic", issuer=check.issuer, method="client_secret_basic", **credential),
        "requests": requests.Request("POST", check.url, auth=("svc-basic", secret)).prepare().headers["Authorization"],
        "every byte escaped": header(every_byte("svc-basic"), every_byte(secret)),
        "every byte escaped in lower case": header(every_byte("svc-basic", "%{:02x}"), every_byte(secret, "%{:02x}")),
        "scheme in lower case": "b" + header("svc-basic", secret)[1:]}
    for what, value in headers.items():
        answer = requests.post(check.url + "/oauth2/token", {"grant_type": "client_credentials"}, timeout=30,
                               headers={"Authorization": value})
        check.expect(answer.status_code == 200, f"Basic of {what}: {answer.status_code} {answer.text[:300]}")
        if answer.status_code == 200:
            check.may("svc-basic", answer.json()["access_token"], f"Basic of {what}")
    curl = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--config", "-", "-d", "grant_type=client_credentials",
         check.url + "/oauth2/token"],
        input=f'user = "svc-basic:{secret}"', capture_output=True, text=True)
    check.expect(curl.returncode == 0, f"curl -u: {curl.stdout[:300]} {curl.stderr}")
    if curl.returncode == 0:
        check.may("svc-basic", json.loads(curl.stdout)["access_token"], "curl -u")
    return len(headers) + 1, len(set(headers.values()))


def main(work):
    work = pathlib.Path(work)
    report = Report()
    with Server(work, POLICIES, CONFIG) as server, NodeClients(work) as node, SpringClients(work) as spring:
        check = Check(server, node, spring, report)
        methods = node_clients(check)
        by_spring = spring_clients(check)
        by_python = python_clients(check)
        spelled, distinct = spellings(check)
        foreign = foreign_tokens(check, work)
        libraries = jose_libraries(check)
        signed_with_rsa(work / "rs256", node, report)
    report.finish(
        f"openid-client lived through {methods} methods and keys, Spring Security got {by_spring} tokens,"
        f" requests-oauthlib {by_python}; {spelled} senders of Basic in {distinct} spellings;"
        f" {libraries} JOSE libraries verified ours over two rotations; {foreign} tokens of another server refused")


if __name__ == "__main__":
    main(sys.argv[1])
