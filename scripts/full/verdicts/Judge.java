// Other Java verifiers at the service of verdicts.py: reads one JSON command a line from stdin, writes one JSON answer
// a line to stdout: {"value": "accepted"}, or {"value": "refused", "by": name of the exception}.

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.spiffe.bundle.jwtbundle.JwtBundle;
import io.spiffe.exception.AuthorityNotFoundException;
import io.spiffe.exception.BundleNotFoundException;
import io.spiffe.exception.JwtBundleException;
import io.spiffe.exception.JwtSvidException;
import io.spiffe.spiffeid.TrustDomain;
import io.spiffe.svid.jwtsvid.JwtSvid;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;

static final Set<JWSAlgorithm> ALGORITHMS =
        Set.of(
                JWSAlgorithm.RS256,
                JWSAlgorithm.RS384,
                JWSAlgorithm.RS512,
                JWSAlgorithm.PS256,
                JWSAlgorithm.ES256,
                JWSAlgorithm.ES384,
                JWSAlgorithm.EdDSA);

void main() throws ParseException {
    for (String line = IO.readln(); line != null; line = IO.readln()) {
        IO.println(JSONObjectUtils.toJSONString(answer(JSONObjectUtils.parse(line))));
    }
}

Map<String, Object> answer(Map<String, Object> command) {
    try {
        String token = (String) command.get("token");
        String keys = (String) command.get("keys");
        switch ((String) command.get("do")) {
            case "nimbus" -> nimbus(token, keys);
            case "java-spiffe" -> javaSpiffe(token, keys, (String) command.get("audience"));
            default -> throw new AssertionError("no such command");
        }
        return Map.of("value", "accepted");
    } catch (ParseException
            | BadJOSEException
            | JOSEException
            | JwtSvidException
            | JwtBundleException
            | BundleNotFoundException
            | AuthorityNotFoundException
            | RuntimeException e) {
        return Map.of("value", "refused", "by", e.getClass().getSimpleName());
    }
}

/// What DefaultJWTProcessor does of itself: it is told the keys and the algorithms, and nothing of claims.
void nimbus(String token, String keys) throws ParseException, BadJOSEException, JOSEException {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSKeySelector(
            new JWSVerificationKeySelector<>(ALGORITHMS, new ImmutableJWKSet<>(JWKSet.parse(keys))));
    processor.process(token, null);
}

void javaSpiffe(String token, String bundle, String audience)
        throws JwtBundleException, JwtSvidException, BundleNotFoundException, AuthorityNotFoundException {
    TrustDomain domain = TrustDomain.parse("example.org");
    JwtSvid.parseAndValidate(
            token, JwtBundle.parse(domain, bundle.getBytes(StandardCharsets.UTF_8)), Set.of(audience));
}
