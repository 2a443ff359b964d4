"""Keys for verdicts.py, the same in every run, and the documents that publish them."""

import base64
import datetime
import hashlib
import random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from tokens import Key

SEED = "quay-pdp verdicts 1"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def seeded(name):
    return random.Random(hashlib.sha256(f"{SEED} {name}".encode()).digest())


def prime(source, bits):
    while True:
        number = source.getrandbits(bits) | 3 << bits - 2 | 1
        if all(number % small for small in (3, 5, 7, 11, 13)) and probably_prime(number, source):
            return number


def probably_prime(number, source, rounds=24):
    """Miller and Rabin's test."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(rounds):
        power = pow(source.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def rsa_key(name, bits=2048):
    source = seeded(name)
    while True:
        p, q = prime(source, bits // 2), prime(source, bits // 2)
        if p != q and (p - 1) % 65537 and (q - 1) % 65537:
            break
    d = pow(65537, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(65537, p * q)).private_key()


def ec_key(name, curve=None):
    curve = curve or ec.SECP256R1()
    return ec.derive_private_key(seeded(name).getrandbits(curve.key_size - 8) + 2, curve)


def ed25519_key(name):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seeded(name).randbytes(32))


def named(algorithm, kid, private):
    return Key(private, algorithm, kid)


def number(value, length):
    return base64.urlsafe_b64encode(value.to_bytes(length, "big")).rstrip(b"=").decode()


def der(key):
    return key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate(key, days=1):
    """A CA certificate of the key's own, as a bundle's `x5c` has it."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SPIFFE")])
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.private.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key.private, hashes.SHA256()))
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def es256_parts(signature):
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def es256_signature(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Keys:
    """What the issuers of verdicts.py sign with."""

    def __init__(self):
        self.rs256 = named("RS256", "rs256", rsa_key("rs256"))
        self.es256 = named("ES256", "es256", ec_key("es256"))
        self.es384 = named("ES384", "es384", ec_key("es384", ec.SECP384R1()))
        self.es512 = named("ES512", "es512", ec_key("es512", ec.SECP521R1()))
        self.eddsa = named("EdDSA", "eddsa", ed25519_key("eddsa"))
        self.ps256 = named("PS256", "ps256", rsa_key("ps256"))
        self.encryption = named("RS256", "encryption", rsa_key("encryption"))
        self.weak = named("RS256", "weak", rsa_key("weak", 1024))
        self.stranger = named("ES256", "es256", ec_key("stranger"))
        self.cluster = named("RS256", "cluster", rsa_key("cluster"))
        self.svid = named("ES256", "svid", ec_key("svid"))
        self.svid_rsa = named("RS256", "svid-rsa", rsa_key("svid-rsa"))
        self.x509 = named("ES256", "x509", ec_key("x509"))
        self.wit = named("ES256", "wit", ec_key("wit"))
        self.unmarked = named("ES256", "unmarked", ec_key("unmarked"))
        self.secret = seeded("secret").randbytes(32)

    def oidc(self):
        """A JWK set with keys that must not verify beside those that may."""
        keys = [self.rs256.jwk(), self.es256.jwk(), self.es384.jwk(), self.eddsa.jwk(), self.ps256.jwk()]
        keys.append(self.encryption.jwk() | {"use": "enc", "alg": "RSA-OAEP"})
        keys.append(self.weak.jwk())
        keys.append({"kty": "EC", "crv": "P-521", "kid": "es512", "alg": "ES512", "use": "sig"} | self.p521())
        keys.append({"kty": "OKP", "crv": "Ed25519", "kid": "small", "alg": "EdDSA", "use": "sig",
                     "x": base64.urlsafe_b64encode(b"\1" + bytes(31)).rstrip(b"=").decode()})
        return {"keys": keys}

    def p521(self):
        point = self.es512.private.public_key().public_numbers()
        return {"x": number(point.x, 66), "y": number(point.y, 66)}

    def cluster_keys(self):
        return {"keys": [self.cluster.jwk()]}

    def bundle(self):
        """A SPIFFE bundle; its authorities have a `kid` each, which SPIRE gives to those for JWTs only."""
        def authority(key, use):
            members = {name: value for name, value in key.jwk().items() if name != "alg"}
            return members | {"use": use}

        keys = [authority(self.x509, "x509-svid") | {"x5c": [certificate(self.x509)]},
                authority(self.svid, "jwt-svid"), authority(self.svid_rsa, "jwt-svid"), authority(self.wit, "wit-svid")]
        unmarked = authority(self.unmarked, "sig")
        del unmarked["use"]
        return {"keys": [*keys, unmarked], "spiffe_sequence": 1, "spiffe_refresh_hint": 300}
