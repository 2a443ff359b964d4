"""Workload tokens minted by another JWT implementation, for keys that a real HTTP server publishes."""

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
import uuid
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from pdp import Report, Server

AUDIENCE = "https://pdp.example.com"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
UID = "5f0c2a11-0000-4000-8000-000000000001"
COOLDOWN = 31  # the PDP asks an issuer for an unknown key every 30 s at most
RETRY = 6  # and every 5 s while it has no keys at all
CONFIG = "federation: {direct: true}\naudit: {durability: batch}\n"


class Key:
    def __init__(self, private, algorithm, kid=None):
        self.private, self.algorithm = private, algorithm
        self.kid = kid or f"{algorithm.lower()}-{uuid.uuid4().hex[:8]}"

    @staticmethod
    def generate(algorithm, kid=None):
        match algorithm:
            case "ES256":
                private = ec.generate_private_key(ec.SECP256R1())
            case "ES384":
                private = ec.generate_private_key(ec.SECP384R1())
            case "EdDSA":
                private = ed25519.Ed25519PrivateKey.generate()
            case _:
                private = rsa.generate_private_key(65537, 2048)
        return Key(private, algorithm, kid)

    def jwk(self):
        algorithm = jwt.algorithms.get_default_algorithms()[self.algorithm]
        jwk = algorithm.to_jwk(self.private.public_key(), as_dict=True)
        jwk.pop("key_ops", None)
        return jwk | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Issuer:
    """Discovery and keys on the loopback address, counting who asks."""

    def __init__(self, port=0):
        self.keys = []
        self.asked = Counter()
        self.server = None
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked[self.path] += 1
                documents = {
                    "/.well-known/openid-configuration": {
                        "issuer": issuer.url, "jwks_uri": issuer.url + "/keys",
                        "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ALGORITHMS},
                    "/keys": {"keys": [key.jwk() for key in issuer.keys]}}
                known = self.path in documents
                body = json.dumps(documents.get(self.path, {})).encode()
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.handler = Handler
        self.start(port)

    def start(self, port):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def loads(self):
        return self.asked["/keys"]


def kubernetes(issuer, **changes):
    now = int(time.time())
    return {
        "aud": [AUDIENCE], "exp": now + 3600, "iat": now, "nbf": now, "iss": issuer.url,
        "jti": str(uuid.uuid4()), "sub": "system:serviceaccount:ci:terraform",
        "kubernetes.io": {
            "namespace": "ci", "node": {"name": "node-1", "uid": str(uuid.uuid4())},
            "pod": {"name": "terraform-0", "uid": str(uuid.uuid4())},
            "serviceaccount": {"name": "terraform", "uid": UID}}} | changes


def oidc(issuer, **changes):
    now = int(time.time())
    return {"aud": AUDIENCE, "exp": now + 600, "iat": now, "iss": issuer.url, "sub": "repo:acme/app",
            "ref": "refs/heads/main", "email_verified": True, "roles": ["a", "b"]} | changes


def without(claims, *names):
    return {name: value for name, value in claims.items() if name not in names}


def mint(claims, key, **headers):
    """Without `typ`, as the API server of Kubernetes signs, unless asked for one."""
    return jwt.encode(claims, key.private, key.algorithm, {"typ": None, "kid": key.kid} | headers)


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def handmade(header, payload, sign=lambda text: b""):
    """A token that no decent library would mint; `payload` may be JSON text."""
    text = encoded(header) + "." + encoded(payload.encode() if isinstance(payload, str) else payload)
    return text + "." + encoded(sign(text.encode()))


def signed_by(key):
    algorithm = jwt.algorithms.get_default_algorithms()[key.algorithm]
    return lambda text: algorithm.sign(text, key.private)


def hs256(secret):
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def bad_tokens(issuer, other, claims_of, algorithm="RS256"):
    """Name and token: each must be refused for the one thing that is wrong with it."""
    now = int(time.time())
    key = next(key for key in issuer.keys if key.algorithm == algorithm)
    es256 = next(key for key in issuer.keys if key.algorithm == "ES256")
    foreign = next(key for key in other.keys if key.algorithm == algorithm)
    eddsa = next(key for key in issuer.keys if key.algorithm == "EdDSA")
    stranger = Key.generate("ES256", es256.kid)
    claims = claims_of(issuer)
    good = mint(claims, key)
    head, body, signature = good.split(".")

    def changed(**changes):
        return mint(claims | changes, key)

    yield "alg none", handmade({"alg": "none", "kid": key.kid}, claims)
    yield "alg None", handmade({"alg": "None", "kid": key.kid}, claims)
    yield "alg nOnE, signature kept", f"{encoded({'alg': 'nOnE', 'kid': key.kid})}.{body}.{signature}"
    yield "no alg", handmade({"kid": key.kid}, claims, signed_by(key))
    yield "alg in lower case", handmade({"alg": algorithm.lower(), "kid": key.kid}, claims, signed_by(key))
    yield "alg a list", handmade({"alg": [algorithm], "kid": key.kid}, claims, signed_by(key))
    yield "HS256 with the public key's PEM", handmade({"alg": "HS256", "kid": key.kid}, claims, hs256(key.pem()))
    yield "HS256 with the public key's JWK", handmade(
        {"alg": "HS256", "kid": key.kid}, claims, hs256(json.dumps(key.jwk()).encode()))
    yield "HS256 with the modulus", handmade(
        {"alg": "HS256", "kid": key.kid}, claims, hs256(base64.urlsafe_b64decode(key.jwk()["n"] + "==")))
    yield "HS256 with an empty secret", handmade({"alg": "HS256", "kid": key.kid}, claims, hs256(b""))
    yield "PS512, which is not allowed", jwt.encode(claims, key.private, "PS512", {"kid": key.kid})
    yield "RS256 under the kid of an ES256 key", mint(claims, key, kid=es256.kid)
    yield "PS256 by the key published for RS256", jwt.encode(claims, key.private, "PS256", {"kid": key.kid})
    yield "ES256K", jwt.encode(claims, ec.generate_private_key(ec.SECP256K1()), "ES256K", {"kid": es256.kid})
    yield "Ed448", jwt.encode(claims, ed448.Ed448PrivateKey.generate(), "EdDSA", {"kid": eddsa.kid})
    yield "ES256 with r = s = 0", handmade({"alg": "ES256", "kid": es256.kid}, claims, lambda _: bytes(64))
    yield "ES256 with a DER signature", handmade(
        {"alg": "ES256", "kid": es256.kid}, claims,
        lambda text: es256.private.sign(text, ec.ECDSA(hashes.SHA256())))
    yield "expired", changed(iat=now - 900, nbf=now - 900, exp=now - 120)
    yield "expired long ago", changed(iat=1, nbf=1, exp=100)
    yield "no exp", mint(without(claims, "exp"), key)
    yield "exp a string", changed(exp=str(now + 600))
    yield "exp null", handmade({"alg": algorithm, "kid": key.kid}, claims | {"exp": None}, signed_by(key))
    yield "exp beyond all time", changed(exp=1 << 62)
    yield "exp not a whole number", changed(exp=now + 600.5)
    yield "exp infinite", handmade(
        {"alg": algorithm, "kid": key.kid}, json.dumps(claims | {"exp": float("inf")}), signed_by(key))
    yield "lives too long", changed(exp=now + 200_000)
    yield "exp before iat", changed(iat=now + 50, exp=now + 20)
    yield "nbf in the future", changed(nbf=now + 300)
    yield "nbf a string", handmade({"alg": algorithm, "kid": key.kid}, claims | {"nbf": str(now)}, signed_by(key))
    yield "iat in the future", changed(iat=now + 300, nbf=now, exp=now + 600)
    yield "no iat", mint(without(claims, "iat"), key)
    yield "other audience", changed(aud="https://other.example.com")
    yield "two audiences", changed(aud=[AUDIENCE, "https://other.example.com"])
    yield "ours twice", changed(aud=[AUDIENCE, AUDIENCE])
    yield "no audience", mint(without(claims, "aud"), key)
    yield "empty audience", changed(aud=[])
    yield "audience a number", handmade({"alg": algorithm, "kid": key.kid}, claims | {"aud": 1}, signed_by(key))
    yield "audience with a slash more", changed(aud=AUDIENCE + "/")
    yield "audience a prefix", changed(aud=AUDIENCE[:-1])
    yield "audience nested", changed(aud=[[AUDIENCE]])
    yield "unregistered issuer", changed(iss="https://issuer.example.com")
    yield "issuer with a slash more", changed(iss=issuer.url + "/")
    yield "issuer in upper case", changed(iss=issuer.url.upper())
    yield "no issuer", mint(without(claims, "iss"), key)
    yield "issuer a list", handmade({"alg": algorithm, "kid": key.kid}, claims | {"iss": [issuer.url]}, signed_by(key))
    yield "names another issuer", changed(iss=other.url)
    yield "another issuer's key under its own kid", mint(claims, foreign)
    yield "another issuer's key under a known kid", mint(claims, foreign, kid=key.kid)
    yield "unknown kid", mint(claims, key, kid="unknown")
    yield "kid a path", mint(claims, key, kid="../../../../etc/passwd")
    yield "kid an SQL text", mint(claims, key, kid="' or 1=1 --")
    yield "kid a number", handmade({"alg": algorithm, "kid": 1}, claims, signed_by(key))
    yield "unpublished key, known kid", mint(claims, stranger)
    yield "unpublished key, no kid", jwt.encode(claims, stranger.private, "ES256")
    yield "brings its own jwk", mint(claims, stranger, jwk=stranger.jwk())
    yield "jku to elsewhere", mint(claims, stranger, jku=other.url + "/keys")
    yield "x5u to elsewhere", mint(claims, stranger, x5u=other.url + "/keys")
    yield "crit", mint(claims, key, crit=["exp"])
    yield "crit and b64 false", handmade(
        {"alg": algorithm, "kid": key.kid, "crit": ["b64"], "b64": False}, claims, signed_by(key))
    yield "an access token's typ", mint(claims, key, typ="at+jwt")
    yield "a proof's typ", mint(claims, key, typ="dpop+jwt")
    yield "typ JWE", mint(claims, key, typ="JWE")
    tampered = encoded(claims | {"sub": claims["sub"] + "x"})
    yield "tampered claims", f"{head}.{tampered}.{signature}"
    yield "tampered header", f"{encoded({'alg': algorithm, 'kid': key.kid, 'a': 1})}.{body}.{signature}"
    yield "another token's signature", f"{head}.{body}.{changed(jti='other').split('.')[2]}"
    flipped = "A" if signature[20] != "A" else "B"
    yield "a flipped bit", f"{head}.{body}.{signature[:20]}{flipped}{signature[21:]}"
    yield "signature cut short", good[:-4]
    yield "signature longer", good + "AAAA"
    yield "no signature", f"{head}.{body}."
    yield "two parts", f"{head}.{body}"
    yield "four parts", good + "." + signature
    yield "five parts", good + ".a.b"
    yield "padding", good + "="
    yield "blank in it", f"{head}. {body}.{signature}"
    yield "newline behind it", good + "\n"
    yield "Bearer before it", "Bearer " + good
    yield "plain Base64 signature", f"{head}.{body}.{signature.replace('-', '+').replace('_', '/')}=="
    yield "no token at all", "token"
    yield "JSON serialization", json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "claims no object", handmade({"alg": algorithm, "kid": key.kid}, [claims], signed_by(key))
    yield "claims no JSON", handmade({"alg": algorithm, "kid": key.kid}, "no json", signed_by(key))
    text = json.dumps(claims)
    yield "audience twice", handmade(
        {"alg": algorithm, "kid": key.kid}, text[:-1] + ', "aud": "https://other.example.com"}', signed_by(key))
    yield "exp twice", handmade(
        {"alg": algorithm, "kid": key.kid}, f'{{"exp": {now + 900}, ' + text[1:], signed_by(key))
    yield "text behind the claims", handmade({"alg": algorithm, "kid": key.kid}, text + "{}", signed_by(key))
    yield "comment in the claims", handmade({"alg": algorithm, "kid": key.kid}, "/**/" + text, signed_by(key))
    yield "claims not UTF-8", handmade(
        {"alg": algorithm, "kid": key.kid}, b'{"a":"\xff",' + text[1:].encode(), signed_by(key))
    yield "no sub", mint(without(claims, "sub"), key)
    yield "empty sub", changed(sub="")
    yield "sub a number", handmade({"alg": algorithm, "kid": key.kid}, claims | {"sub": 1}, signed_by(key))
    yield "too long", changed(padding="a" * 17_000)
    yield "nested deeply", handmade(
        {"alg": algorithm, "kid": key.kid}, text[:-1] + ', "a": ' + "[" * 5000 + "]" * 5000 + "}", signed_by(key))


def bad_kubernetes_tokens(issuer):
    key = issuer.keys[0]
    claims = kubernetes(issuer)
    bound = claims["kubernetes.io"]
    yield "no kubernetes.io (a token that never expires)", mint(without(claims, "kubernetes.io"), key)
    yield "sub names another account", mint(claims | {"sub": "system:serviceaccount:ci:other"}, key)
    yield "sub names another namespace", mint(claims | {"sub": "system:serviceaccount:prod:terraform"}, key)
    yield "sub a user's", mint(claims | {"sub": "system:admin"}, key)
    yield "no uid", mint(claims | {"kubernetes.io": bound | {"serviceaccount": {"name": "terraform"}}}, key)
    yield "kubernetes.io a text", mint(claims | {"kubernetes.io": "ci"}, key)
    yield "meant for the API server", mint(claims | {"kubernetes.io": bound | {"warnafter": 1}}, key)
    yield "namespace with a colon", mint(
        claims | {"sub": "system:serviceaccount:ci:x:terraform",
                  "kubernetes.io": bound | {"namespace": "ci:x"}}, key)


def policies(issuers):
    names = "".join(
        f"  - {{name: {name}, kind: {kind}, issuer: '{issuer.url}', audience: '{AUDIENCE}',"
        f" algorithms: [{', '.join(ALGORITHMS)}], keys: {{discovery: true}}, allow_private_addresses: true}}\n"
        for name, kind, issuer in issuers)
    trust = f"""@id("cluster-terraform")
permit (
  principal is Workload::Kubernetes,
  action == Pdp::Action::"assume",
  resource == Quay::ServiceAccount::"svc-cluster"
) when {{
  principal.issuer == "cluster" && principal.namespace == "ci"
    && principal.service_account == "terraform" && principal.uid == "{UID}"
}};
"""
    for name in ("pipeline", "late"):
        trust += f"""@id("{name}-app")
permit (
  principal is Workload::Oidc,
  action == Pdp::Action::"assume",
  resource == Quay::ServiceAccount::"svc-{name}"
) when {{
  principal.issuer == "{name}" && principal.subject == "repo:acme/app"
    && principal.hasTag("ref") && principal.getTag("ref") == "refs/heads/main"
}};
"""
    accounts = ["svc-cluster", "svc-pipeline", "svc-late", "svc-nobody"]
    access = "".join(
        f'@id("{name}-reads")\npermit (principal == Quay::ServiceAccount::"{name}", '
        'action == Quay::Action::"getRepo", resource == Quay::Repository::"acme/app");\n' for name in accounts)
    return {
        "accounts.yaml": "service_accounts:\n" + "".join(f"  - name: {name}\n" for name in accounts),
        "issuers.yaml": "issuers:\n" + names, "trust/trust.cedar": trust, "access/access.cedar": access}


class Check:
    def __init__(self, server, report):
        self.server, self.report = server, report
        self.accepted = self.denied = 0

    def ask(self, token, account, target="/api/v1/repository/acme/app"):
        return self.server.ask({"request": {"method": "GET", "target": target}, "token": token, "account": account})

    def accepts(self, what, token, account):
        answer = self.ask(token, account)
        principal = {"type": "Quay::ServiceAccount", "id": account}
        self.accepted += self.report.expect(
            answer["decision"] and answer["principal"] == principal and answer["action"] == "getRepo",
            f"accepted: {what} as {account}: {answer}")

    def denies(self, what, token, account, cause="invalid_token"):
        answer = self.ask(token, account)
        self.denied += self.report.expect(
            not answer["decision"] and answer["cause"] == cause and not answer["reasons"],
            f"denied as {cause}: {what} as {account}: {answer}")
        self.report.expect(token not in json.dumps(answer) or len(token) < 20, f"the answer repeats the token: {what}")


def main(work):
    report = Report()
    cluster, pipeline, late = Issuer(), Issuer(), Issuer()
    late.stop()
    for issuer in (cluster, pipeline, late):
        issuer.keys = [Key.generate(algorithm) for algorithm in ALGORITHMS]
    issuers = [("cluster", "kubernetes", cluster), ("pipeline", "oidc", pipeline), ("late", "oidc", late)]
    with Server(work, policies(issuers), CONFIG) as server:
        check = Check(server, report)
        report.expect(cluster.asked.total() == 0, "no issuer is asked before a token names it")
        good_tokens(check, cluster, pipeline)
        loaded = time.monotonic()
        print(f"  {check.accepted} tokens of {len(ALGORITHMS)} algorithms accepted")
        report.expect(cluster.loads() == 1, f"the cluster's keys were loaded {cluster.loads()} times, not once")
        bad(check, cluster, pipeline)
        print(f"  {check.denied} bad tokens denied")
        outage(check, late)
        pauses = int((time.monotonic() - loaded) / 30)
        report.expect(
            cluster.loads() <= 1 + pauses and pipeline.loads() <= 1 + pauses,
            f"unknown keys within the pause made loads: {cluster.asked} {pipeline.asked}")
        rotation(check, cluster, pipeline, loaded)
        lost(check, cluster, pipeline)
    for _, _, issuer in issuers:
        report.expect(
            set(issuer.asked) <= {"/.well-known/openid-configuration", "/keys"}, f"asked for: {issuer.asked}")
    report.expect(not server.log_shows_token(), "the log holds a part of a token")
    asked = sum((issuer.asked for _, _, issuer in issuers), Counter())
    report.finish(
        f"{check.accepted} good tokens accepted, {check.denied} bad ones denied, keys rotated and an issuer lost;"
        f" {asked.total()} requests at the issuers, {asked['/keys']} for keys")


def good_tokens(check, cluster, pipeline):
    for key in cluster.keys:
        check.accepts(f"Kubernetes {key.algorithm}", mint(kubernetes(cluster), key), "svc-cluster")
    for key in pipeline.keys:
        check.accepts(f"OIDC {key.algorithm}", mint(oidc(pipeline), key, typ="JWT"), "svc-pipeline")
    key, now = pipeline.keys[0], int(time.time())
    for what, token in {
        "no typ": mint(oidc(pipeline), key),
        "typ in lower case": mint(oidc(pipeline), key, typ="jwt"),
        "audience in a list": mint(oidc(pipeline, aud=[AUDIENCE]), key),
        "just expired, within the leeway": mint(oidc(pipeline, iat=now - 300, exp=now - 20), key),
        "nbf within the leeway": mint(oidc(pipeline, nbf=now + 30), key),
        "no kid": jwt.encode(oidc(pipeline), key.private, key.algorithm),
        "unknown header members": mint(oidc(pipeline), key, x5t="abc"),
        # as the bad ones below are made
        "made by hand": handmade({"alg": key.algorithm, "kid": key.kid}, oidc(pipeline), signed_by(key)),
        "made by hand of text": handmade(
            {"alg": key.algorithm, "kid": key.kid}, json.dumps(oidc(pipeline)), signed_by(key)),
    }.items():
        check.accepts(what, token, "svc-pipeline")


def bad(check, cluster, pipeline):
    for what, token in bad_tokens(cluster, pipeline, kubernetes):
        check.denies(f"Kubernetes, {what}", token, "svc-cluster")
    for what, token in bad_tokens(pipeline, cluster, oidc):
        check.denies(f"OIDC, {what}", token, "svc-pipeline")
    for what, token in bad_kubernetes_tokens(cluster):
        check.denies(f"Kubernetes, {what}", token, "svc-cluster")
    check.denies("empty token", "", "svc-cluster")
    # sound tokens that no trust policy lets be these accounts
    key = cluster.keys[0]
    check.denies("another account", mint(kubernetes(cluster), key), "svc-nobody", "no_permit")
    check.denies("no such account", mint(kubernetes(cluster), key), "svc-absent", "account_unknown")
    check.denies("Kubernetes token for a pipeline", mint(kubernetes(cluster), key), "svc-pipeline", "no_permit")
    other = mint(oidc(pipeline, ref="refs/heads/evil"), pipeline.keys[0])
    check.denies("other branch", other, "svc-pipeline", "no_permit")


def outage(check, late):
    """An issuer that is down when it is first needed, and then comes up."""
    token = mint(oidc(late), late.keys[0])
    check.denies("issuer never reached", token, "svc-late")
    late.start(late.port)
    check.server.rest(RETRY)
    check.accepts("issuer came up", token, "svc-late")
    print("  an issuer that was down at first is accepted once it is up")


def rotation(check, cluster, pipeline, loaded):
    """New keys are found by their `kid`, withdrawn ones end, and unknown ones cannot make us ask."""
    old = {issuer: mint(claims(issuer), issuer.keys[0]) for issuer, claims in ((cluster, kubernetes), (pipeline, oidc))}
    for issuer in (cluster, pipeline):
        issuer.keys = [Key.generate(key.algorithm) for key in issuer.keys[:1]] + issuer.keys[1:]
    check.server.rest(max(0.0, loaded + COOLDOWN - time.monotonic()))
    for issuer, claims, account in ((cluster, kubernetes, "svc-cluster"), (pipeline, oidc, "svc-pipeline")):
        check.accepts("withdrawn key, while nobody knows", old[issuer], account)
        check.accepts("new key", mint(claims(issuer), issuer.keys[0]), account)
        check.accepts("key that stayed", mint(claims(issuer), issuer.keys[4]), account)
        check.denies("withdrawn key", old[issuer], account)
        check.report.expect(issuer.loads() == 2, f"loads after a rotation: {issuer.loads()}, not 2")
    questions = [
        {"request": {"method": "GET", "target": "/api/v1/repository/acme/app"}, "account": "svc-pipeline",
         "token": mint(oidc(pipeline), pipeline.keys[4], kid=f"flood-{i}")} for i in range(300)]
    answers = check.server.ask_all(questions, threads=8)
    check.denied += sum(answer["cause"] == "invalid_token" for answer in answers)
    check.report.expect(
        all(answer["cause"] == "invalid_token" for answer in answers), "a token of an unknown key was not denied")
    check.report.expect(pipeline.loads() == 2, f"300 unknown keys made {pipeline.loads() - 2} loads")
    print("  rotated keys were found with one load each; 300 unknown ones made none")


def lost(check, cluster, pipeline):
    """Issuers that are gone: their last good keys stay, also after a load has failed."""
    cluster.stop()
    pipeline.stop()
    before = cluster.loads()
    for issuer, claims, account in ((cluster, kubernetes, "svc-cluster"), (pipeline, oidc, "svc-pipeline")):
        check.accepts("issuer down", mint(claims(issuer), issuer.keys[1]), account)
    check.server.rest(COOLDOWN)
    for issuer, claims, account in ((cluster, kubernetes, "svc-cluster"), (pipeline, oidc, "svc-pipeline")):
        check.denies("unknown key, issuer down", mint(claims(issuer), Key.generate("ES256")), account)
        for key in issuer.keys:
            check.accepts(f"issuer down for long, {key.algorithm}", mint(claims(issuer), key), account)
    check.report.expect(cluster.loads() == before, "a stopped issuer was asked")
    print("  the keys of issuers that are down stay")


if __name__ == "__main__":
    main(sys.argv[1])
