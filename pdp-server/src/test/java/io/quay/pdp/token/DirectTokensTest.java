package io.quay.pdp.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.jose.RingKeys;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// S17: which offers are never for Quay, whatever policies permit.
class DirectTokensTest {
    private final MovingClock clock = new MovingClock();
    private final DecisionIds ids = new DecisionIds(clock, Rings.RANDOM);
    private final KeyRing ring =
            new KeyRing(
                    new InMemorySigningKeys(),
                    new RingKeys(Rings.encryption(), Rings.RANDOM, "quay-signing-key"),
                    QuayTokens.ring(Duration.ofDays(30)),
                    ids,
                    clock);
    private final DirectTokens direct =
            new DirectTokens(
                    new QuayTokens(
                            new QuayTokens.Settings("https://pdp.example.com/quay", "quay"),
                            ring,
                            ids,
                            clock),
                    () -> {
                        throw new AssertionError("the policies were asked");
                    },
                    new Directory(() -> {
                        throw new AssertionError("the accounts were asked");
                    }),
                    _ -> {
                        throw new AssertionError("Quay was asked");
                    },
                    clock);

    private static Grant.Offer offer(Set<String> ceiling) {
        return new Grant.Offer(
                new ServiceAccount(
                        "acc-1", "svc-tf", "", null, Set.of(), Map.of(), true, null, null,
                        List.of()),
                Authentication.Method.FEDERATED,
                null,
                "cluster",
                null,
                ceiling,
                Duration.ofMinutes(5),
                List.of(),
                null);
    }

    @Test
    void s17AWorkloadThatIsTrustedForSomeScopesAlone_getsNoTokenForQuay() {
        TokenIssuance.Call call =
                new TokenIssuance.Call(
                        null, new Form(Map.of("audience", List.of("quay"))), null, null);
        for (Set<String> ceiling : List.of(Set.of("repo:read"), Set.<String>of())) {
            assertThatThrownBy(() -> direct.require(offer(ceiling), call))
                    .isInstanceOfSatisfying(
                            OAuthException.class,
                            refused -> {
                                assertThat(refused.error()).isEqualTo(OAuthError.INVALID_TARGET);
                                assertThat(refused.description()).contains("narrowed to scopes");
                            });
        }
    }
}
