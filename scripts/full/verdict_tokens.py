"""The tokens of verdicts.py: malformed and hostile ones, and sound ones beside them that look odd."""

import base64
import json
import time
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tokens import encoded, handmade, hs256, mint, signed_by, without
from verdict_keys import ED25519_ORDER, P256_ORDER, certificate, der, ec_key, es256_parts, es256_signature, named

DAY = 86_400
SUBJECT = "repo:acme/app"
ACCOUNT = "system:serviceaccount:ci:terraform"
UID = "a087d5a0-e1dd-43ec-93ac-f13d89cd13af"
WORKLOAD = "spiffe://example.org/ns/ci/sa/builder"


@dataclass(frozen=True)
class Row:
    """A token, which kind of issuer it claims to be from, whether it must be accepted, and one line why."""

    group: str
    kind: str
    name: str
    token: str
    sound: bool
    why: str


class Maker:
    """Makes each token when it is asked for, so that its times are right however long the others took.

    audience: the only one that they should have
    issuers: `iss` by kind
    """

    def __init__(self, keys, audience, issuers):
        self.keys, self.audience, self.issuers = keys, audience, issuers

    @property
    def now(self):
        return int(time.time())

    def claims(self, **changes):
        return {"iss": self.issuers["oidc"], "sub": SUBJECT, "aud": self.audience, "iat": self.now,
                "exp": self.now + 600, "jti": "7f0c", "ref": "refs/heads/main"} | changes

    def cluster_claims(self, **changes):
        return {
            "aud": [self.audience], "exp": self.now + 3600, "iat": self.now, "nbf": self.now,
            "iss": self.issuers["kubernetes"], "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a", "sub": ACCOUNT,
            "kubernetes.io": {
                "namespace": "ci", "node": {"name": "node-1", "uid": "58456cb0-dd00-4a4d-9d4c-aa1d90bc24f1"},
                "pod": {"name": "terraform-0", "uid": "778a530c-b3f5-4c6b-9f0a-53ab64e6b1d5"},
                "serviceaccount": {"name": "terraform", "uid": UID}}} | changes

    def svid_claims(self, **changes):
        return {"sub": WORKLOAD, "aud": [self.audience], "iat": self.now, "exp": self.now + 300} | changes

    def all(self):
        for group, make in [
                ("Sound, though odd", self.sound), ("Algorithm", self.algorithm),
                ("Keys and header", self.header), ("Signature", self.signature), ("Encoding", self.encoding),
                ("JSON", self.json), ("Times", self.times), ("Audience", self.audiences),
                ("Issuer and subject", self.names), ("Kubernetes", self.kubernetes), ("SPIFFE", self.spiffe)]:
            kind = {"Kubernetes": "kubernetes", "SPIFFE": "spiffe"}.get(group, "oidc")
            for name, token, why, *other_kind in make():
                yield Row(group, *other_kind or [kind], name, token, group.startswith("Sound"), why)

    # The groups: name, token, why.

    def sound(self):
        key, claims = self.keys.rs256, self.claims()
        for signer in (key, self.keys.es256, self.keys.es384, self.keys.eddsa, self.keys.ps256):
            yield f"plain, {signer.algorithm}", mint(claims, signer), "the control"
        yield "no `typ`", mint(claims, key), "optional (RFC 7519 §5.1); Kubernetes sends none"
        yield "`typ` in lower case", mint(claims, key, typ="jwt"), "media types have no case (RFC 7515 §4.1.9)"
        yield "no `kid`", jwt.encode(claims, self.keys.es256.private, "ES256"), \
            "optional (RFC 7515 §4.1.4); at most four keys of the algorithm's kind are tried"
        yield "unknown header members", mint(claims, key, x5t="abc", more=1), "ignored (RFC 7515 §4)"
        yield "blanks in the JSON", handmade(
            b'{ "alg" : "RS256",\r\n "kid" : "rs256" }', json.dumps(claims, indent=4), signed_by(key)), \
            "insignificant (RFC 8259 §2)"
        yield "no `jti`", mint(without(claims, "jti"), key), "optional (RFC 7519 §4.1.7)"
        yield "`aud` an array of one", mint(claims | {"aud": [self.audience]}, key), "RFC 7519 §4.1.3"
        yield "expired 20 s ago", mint(self.claims(iat=self.now - 300, exp=self.now - 20), key), "60 s of leeway"
        yield "`nbf` in 30 s", mint(self.claims(nbf=self.now + 30), key), "60 s of leeway; GitHub's clock runs ahead"
        yield "`iat` in 30 s", mint(self.claims(iat=self.now + 30), key), "60 s of leeway"
        yield "`nbf` 10 minutes before `iat`", mint(self.claims(nbf=self.now - 600), key), "as GitHub dates it"
        yield "ES256 signature with the other s", self.other_s(), \
            "valid (RFC 7518 §3.4); counts as the same token for replays"
        yield "Kubernetes' own shape", mint(self.cluster_claims(), self.keys.cluster), "the control", "kubernetes"
        yield "Kubernetes, valid for a day", mint(
            self.cluster_claims(exp=self.now + DAY), self.keys.cluster), \
            "what kubelet may be asked for", "kubernetes"
        yield "JWT-SVID without `iss`", self.svid(), "the control: SPIRE's default", "spiffe"
        yield "JWT-SVID with `iss`", self.svid(iss="https://spire.example.org"), \
            "says nothing; the trust domain is in `sub`", "spiffe"
        yield "JWT-SVID, RS256", mint(self.svid_claims(), self.keys.svid_rsa, typ="JWT"), "JWT-SVID §2.1", "spiffe"
        yield "JWT-SVID without `typ`", mint(self.svid_claims(), self.keys.svid), "optional (JWT-SVID §2.3)", "spiffe"
        yield "JWT-SVID, `typ` JOSE", mint(self.svid_claims(), self.keys.svid, typ="JOSE"), "JWT-SVID §2.3", "spiffe"
        yield "JWT-SVID, `aud` a string", self.svid(aud=self.audience), "RFC 7519 §4.1.3", "spiffe"
        yield "JWT-SVID without `iat`", mint(without(self.svid_claims(), "iat"), self.keys.svid, typ="JWT"), \
            "optional there (JWT-SVID §3)", "spiffe"

    def other_s(self):
        head, body, signature = mint(self.claims(), self.keys.es256).split(".")
        r, s = es256_parts(base64.urlsafe_b64decode(signature + "=="))
        return f"{head}.{body}.{encoded(es256_signature(r, P256_ORDER - s))}"

    def svid(self, key=None, **changes):
        return mint(self.svid_claims(**changes), key or self.keys.svid, typ="JWT")

    def algorithm(self):
        keys, claims = self.keys, self.claims()
        key, es256 = keys.rs256, keys.es256
        head, body, signature = mint(claims, key).split(".")

        def forged(alg, sign=lambda _: b"", **members):
            return handmade({"alg": alg, "kid": key.kid} | members, claims, sign)

        unsigned = "unsigned (RFC 8725 §3.2)"
        for alg in ("none", "None", "nOnE", "NONE", "none ", ""):
            yield f"`alg` \"{alg}\"", forged(alg), unsigned
        yield "`alg` \"none\", signature kept", f"{encoded({'alg': 'none', 'kid': key.kid})}.{body}.{signature}", unsigned
        yield "`alg` absent", handmade({"kid": key.kid}, claims, signed_by(key)), "required (RFC 7515 §4.1.1)"
        for what, alg in {"in lower case": "rs256", "with a blank": "RS256 ", "with a NUL": "RS256\0"}.items():
            yield f"`alg` {what}", forged(alg, signed_by(key)), "names have case and no blanks (RFC 7515 §4.1.1)"
        for what, alg in {"an array": ["RS256"], "null": None, "a number": 256, "an object": {"RS256": 1}}.items():
            yield f"`alg` {what}", forged(alg, signed_by(key)), "a string (RFC 7515 §4.1.1)"
        confusion = "a public key is no secret (RFC 8725 §2.1)"
        for what, secret in {
                "PEM": key.pem(), "DER": der(key), "JWK": json.dumps(key.jwk()).encode(),
                "modulus": base64.urlsafe_b64decode(key.jwk()["n"] + "==")}.items():
            yield f"HS256 with the RSA key's {what}", forged("HS256", hs256(secret)), confusion
        yield "HS256 with the EC key's PEM", forged("HS256", hs256(es256.pem()), kid=es256.kid), confusion
        yield "HS256 with the EC key's JWK", forged(
            "HS256", hs256(json.dumps(es256.jwk()).encode()), kid=es256.kid), confusion
        yield "HS256 with an empty secret", forged("HS256", hs256(b"")), "symmetric (RFC 8725 §3.1)"
        yield "HS512 with the `kid` as secret", jwt.encode(claims, key.kid, "HS512", {"kid": key.kid}), \
            "symmetric (RFC 8725 §3.1)"
        bound = "a key signs with its own algorithm only (RFC 8725 §3.1)"
        yield "RS256 under an EC key's `kid`", mint(claims, key, kid=es256.kid), bound
        yield "ES256 under an RSA key's `kid`", mint(claims, es256, kid=key.kid), bound
        yield "ES256 by a P-384 key", handmade(
            {"alg": "ES256", "kid": keys.es384.kid}, claims, self.ecdsa(keys.es384, hashes.SHA256(), 48)), bound
        yield "ES384 by a P-256 key", handmade(
            {"alg": "ES384", "kid": es256.kid}, claims, self.ecdsa(es256, hashes.SHA384(), 32)), bound
        yield "PS256 by a key for RS256", jwt.encode(claims, key.private, "PS256", {"kid": key.kid}), bound
        yield "RS256 by a key for PS256", jwt.encode(claims, keys.ps256.private, "RS256", {"kid": "ps256"}), bound
        yield "RS512 by a key for RS256", jwt.encode(claims, key.private, "RS512", {"kid": key.kid}), bound
        yield "PS512", jwt.encode(claims, keys.ps256.private, "PS512", {"kid": "ps256"}), "not in the issuer's list"
        yield "ES512 by a published P-521 key", jwt.encode(claims, keys.es512.private, "ES512", {"kid": "es512"}), \
            "not in the issuer's list"
        yield "ES256K", jwt.encode(claims, ec_key("k", ec.SECP256K1()), "ES256K", {"kid": es256.kid}), \
            "not in the issuer's list"
        yield "EdDSA with Ed448", jwt.encode(
            claims, ed448.Ed448PrivateKey.from_private_bytes(b"4" * 57), "EdDSA", {"kid": "eddsa"}), bound
        yield "RS1", forged("RS1", self.pkcs1(key, hashes.SHA1())), "SHA-1 is broken"
        yield "RS256 with SHA-512 inside", forged("RS256", self.pkcs1(key, hashes.SHA512())), bound
        yield "RS256 by an RSA key of 1024 bits", mint(claims, keys.weak), "too short (RFC 7518 §3.3)"
        yield "RS256 by a key for encryption", mint(claims, keys.encryption), "`use` is enc (RFC 7517 §4.2)"

    @staticmethod
    def ecdsa(key, digest, size):
        def sign(text):
            signature = key.private.sign(text, ec.ECDSA(digest))
            r, s = decode_dss_signature(signature)
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        return sign

    @staticmethod
    def pkcs1(key, digest):
        return lambda text: key.private.sign(text, padding.PKCS1v15(), digest)

    def header(self):
        keys, claims = self.keys, self.claims()
        key, stranger = keys.rs256, keys.stranger
        brought = "keys that a token brings are never looked at (RFC 8725 §3.10)"
        elsewhere = self.issuers["trap"]
        unnamed = named("ES256", "new", stranger.private)
        yield "brings its own `jwk`", mint(claims, stranger, jwk=stranger.jwk()), brought
        yield "brings its own `jwk`, with a new `kid`", mint(claims, unnamed, jwk=unnamed.jwk()), brought
        yield "brings its own `jwk`, no `kid`", jwt.encode(
            claims, stranger.private, "ES256", {"jwk": without(stranger.jwk(), "kid")}), brought
        yield "`jku` to elsewhere", mint(claims, unnamed, jku=elsewhere), brought
        yield "`x5u` to elsewhere", mint(claims, unnamed, x5u=elsewhere), brought
        yield "brings its own `x5c`", mint(claims, unnamed, x5c=[certificate(stranger)]), brought
        yield "unpublished key under a published `kid`", mint(claims, stranger), "the signature does not hold"
        yield "unpublished key, no `kid`", jwt.encode(claims, stranger.private, "ES256"), "the signature does not hold"
        yield "the cluster's key under its own `kid`", mint(claims, keys.cluster), "keys are never pooled across issuers"
        yield "the cluster's key under a known `kid`", mint(claims, keys.cluster, kid=key.kid), \
            "keys are never pooled across issuers"
        unknown = "no such key"
        yield "unknown `kid`", mint(claims, key, kid="unknown"), unknown
        yield "`kid` in upper case", mint(claims, key, kid="RS256"), "has case (RFC 7515 §4.1.4)"
        yield "`kid` with a blank", mint(claims, key, kid="rs256 "), unknown
        yield "`kid` with a NUL", mint(claims, key, kid="rs256\0"), unknown
        yield "`kid` empty", mint(claims, key, kid=""), unknown
        yield "`kid` a path", mint(claims, key, kid="../../../../dev/null"), unknown
        yield "`kid` an SQL text", mint(claims, key, kid="x' union select 'rs256"), unknown
        yield "`kid` an address", mint(claims, key, kid=elsewhere), unknown
        yield "`kid` of 4,000 characters", mint(claims, key, kid="k" * 4000), "longer than 1,024 characters"
        for what, kid in {"a number": 1, "an array": ["rs256"], "null": None}.items():
            yield f"`kid` {what}", handmade({"alg": "RS256", "kid": kid}, claims, signed_by(key)), \
                "a string (RFC 7515 §4.1.4)"
        critical = "nothing critical is understood here (RFC 7515 §4.1.11)"
        yield "`crit` of an unknown member", mint(claims, key, crit=["x"], x=1), critical
        yield "`crit` of a registered name", mint(claims, key, crit=["exp"], exp=1), critical
        yield "`crit` empty", mint(claims, key, crit=[]), "not empty (RFC 7515 §4.1.11)"
        yield "`crit` a string", handmade({"alg": "RS256", "kid": key.kid, "crit": "x"}, claims, signed_by(key)), critical
        yield "`crit` b64, `b64` true", handmade(
            {"alg": "RS256", "kid": key.kid, "crit": ["b64"], "b64": True}, claims, signed_by(key)), critical
        yield "`crit` b64, `b64` false", self.unencoded(["b64"]), critical
        other = "another kind of token (RFC 8725 §3.11)"
        for typ in ("at+jwt", "application/at+jwt", "dpop+jwt", "wit+jwt", "logout+jwt", "secevent+jwt", "JWE"):
            yield f"`typ` {typ}", mint(claims, key, typ=typ), other
        yield "`typ` a number", handmade({"alg": "RS256", "kid": key.kid, "typ": 1}, claims, signed_by(key)), \
            "a string (RFC 7515 §4.1.9)"
        yield "a token within a token", handmade(
            {"alg": "RS256", "kid": key.kid, "cty": "JWT"}, mint(claims, key), signed_by(key)), \
            "claims are an object (RFC 7519 §7.2)"

    def unencoded(self, crit):
        """RFC 7797: signed over the claims as they are, sent encoded."""
        key, payload = self.keys.rs256, json.dumps(self.claims())
        head = encoded({"alg": "RS256", "kid": key.kid, "b64": False, "crit": crit})
        signature = signed_by(key)(f"{head}.{payload}".encode())
        return f"{head}.{encoded(payload.encode())}.{encoded(signature)}"

    def signature(self):
        keys, claims = self.keys, self.claims()
        key = keys.rs256
        head, body, signature = mint(claims, key).split(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        wrong = "the signature does not hold"
        yield "claims changed", f"{head}.{encoded(self.claims(sub='repo:acme/other'))}.{signature}", wrong
        yield "header changed", f"{encoded({'alg': 'RS256', 'kid': key.kid, 'a': 1})}.{body}.{signature}", wrong
        yield "another token's signature", f"{head}.{body}.{mint(self.claims(jti='x'), key).split('.')[2]}", wrong
        yield "one bit flipped", f"{head}.{body}.{encoded(bytes([raw[0] ^ 1]) + raw[1:])}", wrong
        yield "signature cut by a byte", f"{head}.{body}.{encoded(raw[:-1])}", wrong
        yield "signature with a byte more", f"{head}.{body}.{encoded(raw + bytes(1))}", wrong
        yield "signature with a zero before it", f"{head}.{body}.{encoded(bytes(1) + raw)}", wrong
        modulus = key.private.public_key().public_numbers().n
        yield "RSA signature plus the modulus", self.beyond_modulus(modulus), "out of range (RFC 8017 §5.2.2)"
        for what, value in {"0": 0, "1": 1, "the modulus less 1": modulus - 1}.items():
            yield f"RSA signature {what}", f"{head}.{body}.{encoded(value.to_bytes(256, 'big'))}", wrong
        yield "no signature", f"{head}.{body}.", wrong

        def es256(value):
            return handmade({"alg": "ES256", "kid": "es256"}, claims, lambda _: value)

        good = base64.urlsafe_b64decode(mint(claims, keys.es256).split(".")[2] + "==")
        r, s = es256_parts(good)
        psychic = "r and s are from 1 to n-1 (CVE-2022-21449)"
        for what, pair in {
                "r = s = 0": (0, 0), "r = 0": (0, s), "s = 0": (r, 0), "r = s = n": (P256_ORDER, P256_ORDER),
                "r = n, s = 1": (P256_ORDER, 1), "r = s = 1": (1, 1)}.items():
            yield f"ES256, {what}", es256(es256_signature(*pair)), psychic
        yield "ES256, all bits set", es256(b"\xff" * 64), psychic
        yield "ES256 in DER", handmade(
            {"alg": "ES256", "kid": "es256"}, claims,
            lambda text: keys.es256.private.sign(text, ec.ECDSA(hashes.SHA256()))), "r and s side by side (RFC 7518 §3.4)"
        yield "ES256 over 63 bytes", handmade(
            {"alg": "ES256", "kid": "es256"}, claims, lambda text: signed_by(keys.es256)(text)[:63]), "64 bytes"
        yield "ES256 over 66 bytes", handmade(
            {"alg": "ES256", "kid": "es256"}, claims, lambda text: self.padded(signed_by(keys.es256)(text))), "64 bytes"
        yield from self.edwards()

    def beyond_modulus(self, modulus):
        for attempt in range(1000):
            head, body, signature = mint(self.claims(jti=f"try-{attempt}"), self.keys.rs256).split(".")
            grown = int.from_bytes(base64.urlsafe_b64decode(signature + "=="), "big") + modulus
            if grown < 1 << 2048:
                return f"{head}.{body}.{encoded(grown.to_bytes(256, 'big'))}"
        raise AssertionError("no signature is small enough")

    @staticmethod
    def padded(signature):
        return b"\0" + signature[:32] + b"\0" + signature[32:]

    def edwards(self):
        keys, claims = self.keys, self.claims()

        def grown(text):
            signature = keys.eddsa.private.sign(text)
            s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
            return signature[:32] + s.to_bytes(32, "little")

        def eddsa(sign, kid="eddsa"):
            return handmade({"alg": "EdDSA", "kid": kid}, claims, sign)

        yield "Ed25519, S plus the group's order", eddsa(grown), "S is below it (RFC 8032 §5.1.7)"
        yield "Ed25519, all zero", eddsa(lambda _: bytes(64)), "the signature does not hold"
        yield "Ed25519, R the neutral point, S 0", eddsa(lambda _: b"\1" + bytes(63)), "the signature does not hold"
        yield "Ed25519 under a published key of small order", eddsa(lambda _: b"\1" + bytes(63), "small"), \
            "one signature holds for every text: such a key is none"

    def encoding(self):
        key, claims = self.keys.rs256, self.claims()
        good = mint(claims, key)
        head, body, signature = good.split(".")
        form = "base64url without padding, nothing else (RFC 7515 §2)"
        yield "padding behind the signature", good + "==", form
        padded = f"{head}{'=' * (-len(head) % 4 or 4)}.{body}"
        yield "padding in the header, signed so", f"{padded}.{encoded(signed_by(key)(padded.encode()))}", form
        yield "plain Base64 signature", f"{head}.{body}.{base64.b64encode(self.rsa_with_symbols(head, body)).decode()}", form
        yield "stray bits behind the signature", good[:-1] + self.next_character(good[-1]), \
            "one spelling, so that a token has one hash"
        yield "stray bits behind the claims, signed so", self.stray_claims(), "one spelling (RFC 4648 §3.5)"
        for what, token in {
                "blank before it": " " + good, "blank behind it": good + " ", "newline behind it": good + "\n",
                "blank in the header": f"{head[:10]} {head[10:]}.{body}.{signature}",
                "newline in the claims": f"{head}.{body[:20]}\r\n{body[20:]}.{signature}",
                "NUL behind it": good + "\0", "`Bearer` before it": "Bearer " + good}.items():
            yield what, token, form
        parts = "three parts (RFC 7515 §7.1)"
        yield "one part", head, parts
        yield "two parts", f"{head}.{body}", parts
        yield "four parts", f"{good}.{signature}", parts
        yield "five parts", f"{good}.{body}.{signature}", "an encrypted token (RFC 7516 §7.1)"
        yield "JWE, dir", ".".join([encoded({"alg": "dir", "enc": "A256GCM"}), "", *[encoded(bytes(16))] * 3]), \
            "an encrypted token (RFC 7516 §7.1)"
        yield "dots only", "..", parts
        yield "empty claims", f"{head}..{encoded(signed_by(key)((head + '.').encode()))}", "claims are an object"
        yield "JSON serialization", json.dumps({"protected": head, "payload": body, "signature": signature}), parts
        yield "longer than 16 KiB", mint(claims | {"padding": "a" * 17_000}, key), "16 KiB at most"

    def rsa_with_symbols(self, head, body):
        """A good signature; PKCS #1's has its text's one value, so its own Base64 shows `+` or `/` as a rule."""
        return signed_by(self.keys.rs256)(f"{head}.{body}".encode())

    @staticmethod
    def next_character(character):
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return alphabet[alphabet.index(character) + 1]

    def stray_claims(self):
        """The claims' last character carries bits that decode to nothing."""
        key = self.keys.rs256
        head = encoded({"alg": "RS256", "kid": key.kid})
        for blanks in range(3):
            body = encoded((json.dumps(self.claims()) + " " * blanks).encode())
            if len(body) % 4:
                break
        text = f"{head}.{body[:-1]}{self.next_character(body[-1])}"
        return f"{text}.{encoded(signed_by(key)(text.encode()))}"

    def json(self):
        key, claims = self.keys.rs256, self.claims()
        text = json.dumps(claims)

        def carrying(payload):
            return handmade({"alg": "RS256", "kid": key.kid}, payload, signed_by(key))

        def headed(header):
            return handmade(header, claims, signed_by(key))

        twice = "two readings (RFC 8725 §2.6)"
        yield "`aud` twice", carrying(text[:-1] + ', "aud": "https://other.example.com"}'), twice
        yield "`aud` twice, ours last", carrying('{"aud": "https://other.example.com", ' + text[1:]), twice
        yield "`aud` twice, once escaped", carrying(text[:-1] + ', "\\u0061ud": "https://other.example.com"}'), twice
        yield "`exp` twice", carrying(f'{{"exp": {self.now + 900}, ' + text[1:]), twice
        yield "`iss` twice", carrying('{"iss": "https://other.example.com", ' + text[1:]), twice
        yield "`sub` twice", carrying('{"sub": "repo:acme/other", ' + text[1:]), twice
        yield "a member twice deeper down", carrying(text[:-1] + ', "a": {"b": 1, "b": 2}}'), twice
        yield "`alg` twice", headed(b'{"alg": "none", "alg": "RS256", "kid": "rs256"}'), twice
        yield "`kid` twice", headed(b'{"alg": "RS256", "kid": "es256", "kid": "rs256"}'), twice
        form = "strict JSON (RFC 8259)"
        yield "byte order mark before the claims", carrying(b"\xef\xbb\xbf" + text.encode()), "RFC 8259 §8.1"
        yield "byte order mark before the header", headed(b'\xef\xbb\xbf{"alg": "RS256", "kid": "rs256"}'), "RFC 8259 §8.1"
        yield "claims in UTF-16", carrying(text.encode("utf-16")), "UTF-8 (RFC 7519 §7.2)"
        yield "claims not UTF-8", carrying(b'{"a": "\xff", ' + text[1:].encode()), "UTF-8 (RFC 7519 §7.2)"
        yield "overlong UTF-8", carrying(b'{"a": "\xc0\xaf", ' + text[1:].encode()), "UTF-8 (RFC 7519 §7.2)"
        yield "a lone surrogate", carrying(text[:-1] + ', "a": "\\ud800"}'), "no text (RFC 8259 §8.2)"
        yield "a control character", carrying(text[:-1] + ', "a": "\n"}'), form
        yield "text behind the claims", carrying(text + "{}"), form
        yield "a comma too many", carrying(text[:-1] + ",}"), form
        yield "a comment", carrying("/**/" + text), form
        yield "single quotes", carrying(text.replace('"', "'")), form
        yield "NaN", carrying(text[:-1] + ', "a": NaN}'), form
        yield "a number beyond all", carrying(text[:-1] + ', "a": 1e999}'), "no number that a double holds"
        yield "nested 200 deep", carrying(text[:-1] + ', "a": ' + "[" * 200 + "]" * 200 + "}"), "64 deep at most"
        yield "nested 4,000 deep", carrying(text[:-1] + ', "a": ' + "[" * 4000 + "]" * 4000 + "}"), "64 deep at most"
        for what, payload in {
                "an array": f"[{text}]", "a string": json.dumps(text), "a number": "1", "null": "null",
                "no JSON": "no json", "blank": " "}.items():
            yield f"claims {what}", carrying(payload), "claims are an object (RFC 7519 §7.2)"

    def times(self):
        key = self.keys.rs256

        def raw(payload):
            return handmade({"alg": "RS256", "kid": key.kid}, payload, signed_by(key))

        def changed(**changes):
            return raw(self.claims(**changes))

        def as_text(name, number):
            return raw(json.dumps(self.claims(**{name: -7})).replace(f'"{name}": -7', f'"{name}": {number}'))

        yield "expired 2 minutes ago", changed(iat=self.now - 600, exp=self.now - 120), "expired"
        yield "expired in 1970", changed(iat=1, exp=100), "expired"
        yield "no `exp`", raw(without(self.claims(), "exp")), "required here (RFC 8725 §3.8)"
        form = "an integer from 0 to 2^40"
        for what, value in {"a string": str(self.now + 600), "null": None, "true": True, "an array": [self.now + 600],
                            "a fraction": self.now + 600.5, "negative": -1, "2^62": 1 << 62, "2^63": 1 << 63,
                            "2^63 - 1": (1 << 63) - 1, "in milliseconds": (self.now + 600) * 1000}.items():
            yield f"`exp` {what}", changed(exp=value), form
        yield "`exp` 1e10", as_text("exp", "1e10"), form
        yield "`exp` with a zero fraction", as_text("exp", f"{self.now + 600}.0"), form
        yield "lives for a year", changed(exp=self.now + 365 * DAY), "above the issuer's ceiling"
        yield "`exp` before `iat`", changed(iat=self.now + 50, exp=self.now + 20), "no lifetime"
        yield "`nbf` in 5 minutes", changed(nbf=self.now + 300), "not yet valid"
        for what, value in {"a string": str(self.now), "null": None, "a fraction": self.now + 0.5, "2^63": 1 << 63,
                            "2^63 - 1": (1 << 63) - 1, "negative": -1}.items():
            yield f"`nbf` {what}", changed(nbf=value), form
        yield "`iat` in 5 minutes", changed(iat=self.now + 300), "issued in the future"
        yield "no `iat`", raw(without(self.claims(), "iat")), "its lifetime is unknown"
        yield "`iat` a string", changed(iat=str(self.now)), form
        yield "`iat` 2 hours ago", changed(iat=self.now - 7200), "older than the issuer's limit"

    def audiences(self):
        key, ours, other = self.keys.rs256, self.audience, "https://other.example.com"

        def meant_for(audience):
            return handmade({"alg": "RS256", "kid": key.kid}, self.claims(aud=audience), signed_by(key))

        sole = "the other one could replay it: ours must be alone"
        yield "another's", meant_for(other), "not for us"
        yield "another's, in an array", meant_for([other]), "not for us"
        yield "ours and another's", meant_for([ours, other]), sole
        yield "another's and ours", meant_for([other, ours]), sole
        yield "ours twice", meant_for([ours, ours]), sole
        yield "both in one string", meant_for(f"{ours} {other}"), "one string is one audience"
        yield "empty string", meant_for(""), "not for us"
        yield "empty array", meant_for([]), "for nobody"
        yield "no `aud`", handmade(
            {"alg": "RS256", "kid": key.kid}, without(self.claims(), "aud"), signed_by(key)), "required (RFC 8725 §3.9)"
        for what, value in {"null": None, "a number": 1, "true": True, "an object": {ours: 1}, "nested": [[ours]],
                            "ours and null": [ours, None], "ours and a number": [ours, 1]}.items():
            yield what, meant_for(value), "a string or an array of strings (RFC 7519 §4.1.3)"
        exact = "compared byte for byte (RFC 7519 §2)"
        for what, value in {
                "ours with a slash": ours + "/", "the beginning of ours": ours[:-1], "ours and more": ours + ".evil",
                "ours in upper case": ours.upper(), "ours with a blank": ours + " ",
                "ours with a NUL": ours + "\0", "ours with a query": ours + "?a", "a pattern": "*"}.items():
            yield what, meant_for(value), exact
        yield "the issuer's own", meant_for(self.issuers["oidc"]), "not for us"

    def names(self):
        key, issuer = self.keys.rs256, self.issuers["oidc"]

        def changed(**changes):
            return handmade({"alg": "RS256", "kid": key.kid}, self.claims(**changes), signed_by(key))

        exact = "compared byte for byte (RFC 7519 §2)"
        for what, value in {
                "`iss` unregistered": "https://issuer.example.com", "`iss` with a slash": issuer + "/",
                "`iss` in upper case": issuer.upper(), "`iss` with a blank": issuer + " ",
                "`iss` with a NUL": issuer + "\0", "`iss` with a fragment": issuer + "#a",
                "`iss` percent-encoded": issuer.replace("oidc", "%6fidc"),
                "`iss` with a homograph": issuer.replace("o", "\u043e"),
                "`iss` with a fullwidth letter": issuer.replace("o", "\uff4f"),
                "`iss` with dot segments": issuer.replace("/oidc", "/x/../oidc"),
                "`iss` with a user": issuer.replace("://", "://a@"), "`iss` empty": ""}.items():
            yield what, changed(iss=value), exact
        yield "names the cluster as `iss`", changed(iss=self.issuers["kubernetes"]), "the cluster has other keys"
        yield "no `iss`", handmade(
            {"alg": "RS256", "kid": key.kid}, without(self.claims(), "iss"), signed_by(key)), "required"
        for what, value in {"an array": [issuer], "null": None, "a number": 1, "an object": {"iss": issuer}}.items():
            yield f"`iss` {what}", changed(iss=value), "a string (RFC 7519 §4.1.1)"
        yield "no `sub`", handmade(
            {"alg": "RS256", "kid": key.kid}, without(self.claims(), "sub"), signed_by(key)), "required"
        for what, value in {"an array": [SUBJECT], "null": None, "a number": 1, "true": True}.items():
            yield f"`sub` {what}", changed(sub=value), "a string (RFC 7519 §4.1.2)"
        yield "`sub` empty", changed(sub=""), "names nobody"
        yield "`sub` with a newline", changed(sub=SUBJECT + "\nx"), "control characters would forge records"
        yield "`sub` of 5,000 characters", changed(sub="a" * 5000), "2 KiB at most"
        yield "`jti` a number", changed(jti=1), "a string (RFC 7519 §4.1.7)"

    def kubernetes(self):
        key, claims = self.keys.cluster, self.cluster_claims()
        bound = claims["kubernetes.io"]

        def changed(**changes):
            return mint(claims | changes, key)

        def within(**changes):
            return changed(**{"kubernetes.io": bound | changes})

        api = "the API server's own tokens are in every pod"
        yield "legacy token of a Secret", mint(
            {"iss": self.issuers["kubernetes"], "sub": ACCOUNT, "kubernetes.io/serviceaccount/namespace": "ci"}, key), \
            "never ends"
        yield "no `kubernetes.io`", mint(without(claims, "kubernetes.io"), key), "nothing binds it"
        yield "`aud` the API server", changed(aud=["https://kubernetes.default.svc.cluster.local"]), api
        yield "`warnafter`", within(warnafter=self.now + 3607), api
        yield "valid for a year", changed(exp=self.now + 365 * DAY), "above the issuer's ceiling"
        yield "`sub` of another account", changed(sub="system:serviceaccount:ci:other"), "`sub` and claims must agree"
        yield "`sub` of another namespace", changed(sub="system:serviceaccount:prod:terraform"), "`sub` and claims must agree"
        yield "`sub` of a user", changed(sub="system:admin"), "`sub` and claims must agree"
        yield "no uid", within(serviceaccount={"name": "terraform"}), "names are recycled, uids are not"
        yield "uid empty", within(serviceaccount={"name": "terraform", "uid": ""}), "names are recycled, uids are not"
        yield "`kubernetes.io` a string", changed(**{"kubernetes.io": "ci"}), "an object"
        yield "account in upper case", mint(
            claims | {"sub": "system:serviceaccount:ci:Terraform", "kubernetes.io": bound | {
                "serviceaccount": {"name": "Terraform", "uid": "u"}}}, key), "no Kubernetes name"
        yield "namespace with a colon", mint(
            claims | {"sub": "system:serviceaccount:ci:x:terraform", "kubernetes.io": bound | {"namespace": "ci:x"}},
            key), "`sub` would have two readings"
        yield "the OIDC issuer's key", mint(claims, self.keys.rs256), "keys are never pooled across issuers"

    def spiffe(self):
        keys = self.keys
        yield "by an X.509 authority's key", self.svid(keys.x509), "`use` is x509-svid: signs certificates only"
        yield "by an X.509 authority's key, no `kid`", jwt.encode(
            self.svid_claims(), keys.x509.private, "ES256"), "`use` is x509-svid: signs certificates only"
        yield "by a WIT authority's key", self.svid(keys.wit), "`use` is wit-svid"
        yield "by a key without `use`", self.svid(keys.unmarked), "no `use`: ignored (SPIFFE bundle §4.2.2)"
        yield "by the OIDC issuer's key", self.svid(keys.es256), "keys are never pooled across issuers"
        yield "`typ` wit+jwt", mint(self.svid_claims(), keys.svid, typ="wit+jwt"), "a WIT-SVID has no audience"
        yield "`typ` at+jwt", mint(self.svid_claims(), keys.svid, typ="at+jwt"), "JWT, JOSE or none (JWT-SVID §2.3)"
        yield "a WIT-SVID", mint(
            without(self.svid_claims(cnf={"jwk": keys.es256.jwk()}), "aud"), keys.svid, typ="wit+jwt"), "no audience"
        yield "`alg` none", handmade({"alg": "none", "typ": "JWT"}, self.svid_claims()), "unsigned"
        yield "HS256 with the public key", handmade(
            {"alg": "HS256", "kid": "svid", "typ": "JWT"}, self.svid_claims(), hs256(keys.svid.pem())), "symmetric"
        yield "no `exp`", mint(without(self.svid_claims(), "exp"), keys.svid, typ="JWT"), "required (JWT-SVID §3.3)"
        yield "no `aud`", mint(without(self.svid_claims(), "aud"), keys.svid, typ="JWT"), "required (JWT-SVID §3.2)"
        yield "no `sub`", mint(without(self.svid_claims(), "sub"), keys.svid, typ="JWT"), "required (JWT-SVID §3.1)"
        yield "expired 2 minutes ago", self.svid(iat=self.now - 420, exp=self.now - 120), "expired"
        yield "`nbf` in 5 minutes", self.svid(nbf=self.now + 300), "not yet valid"
        yield "valid for a day", self.svid(exp=self.now + DAY), "above the issuer's ceiling"
        yield "ours and another's audience", self.svid(aud=[self.audience, "https://other.example.com"]), \
            "the other one could replay it: ours must be alone"
        yield "another's audience", self.svid(aud=["https://other.example.com"]), "not for us"
        invalid = "no SPIFFE ID of a workload (SPIFFE-ID §2)"
        for what, sub in {
                "of another trust domain": "spiffe://other.org/ns/ci/sa/builder",
                "of a trust domain that begins alike": "spiffe://example.org.evil.org/ns/ci/sa/builder"}.items():
            yield f"`sub` {what}", self.svid(sub=sub), "its trust domain's keys would have to sign"
        for what, sub in {
                "no SPIFFE ID": "builder", "of another scheme": "https://example.org/ns/ci/sa/builder",
                "without a path": "spiffe://example.org", "with a slash at its end": WORKLOAD + "/",
                "with an empty segment": "spiffe://example.org/ns//sa", "with dot segments": "spiffe://example.org/ns/../sa",
                "percent-encoded": "spiffe://example.org/ns%2Fci", "with a query": WORKLOAD + "?a=b",
                "with a fragment": WORKLOAD + "#a", "with a user": "spiffe://a@example.org/ns/ci",
                "with a port": "spiffe://example.org:443/ns/ci", "with a blank": WORKLOAD + " x",
                "beyond ASCII": WORKLOAD + "\u00e9", "of 2,100 bytes": "spiffe://example.org/" + "a" * 2079}.items():
            yield f"`sub` {what}", self.svid(sub=sub), invalid

