package io.quay.pdp.jose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenReviewer;
import io.quay.pdp.jose.StrictJson.MalformedException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Kubernetes' TokenReview (`authentication.k8s.io/v1`). Remembers no answer. Safe for use by any
/// number of threads.
public final class TokenReviewClient implements TokenReviewer {
    private static final String API = "authentication.k8s.io/v1";
    private static final String PATH = "/apis/" + API + "/tokenreviews";
    private static final JsonFactory JSON = new JsonFactory();

    private final Outbound outbound;

    public TokenReviewClient(Outbound outbound) {
        this.outbound = outbound;
    }

    @Override
    public Outcome review(Issuer issuer, String token) {
        Issuer.Review review = issuer.review();
        if (review == null) {
            throw new IllegalArgumentException("issuer without a review: " + issuer.name());
        }
        try {
            Destination server = Destination.of(issuer, review.uri(), review.access());
            byte[] answer = outbound.post(server, address(review.uri()), question(issuer, token));
            return outcome(StrictJson.object(answer), issuer.audience());
        } catch (OutboundException e) {
            return new Outcome.Unavailable(
                    e.credentialWanted()
                            ? credentialWanted(e.status())
                            : String.valueOf(e.getMessage()));
        } catch (MalformedException e) {
            return new Outcome.Unavailable("the review is no JSON: " + e.getMessage());
        }
    }

    private static String credentialWanted(int status) {
        return ("the API server refuses the review's credential (status %d): `bearer_file` needs"
                        + " one that may create tokenreviews (ClusterRole system:auth-delegator)")
                .formatted(status);
    }

    private static URI address(URI server) {
        String base = server.toString();
        return URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + PATH);
    }

    private static String question(Issuer issuer, String token) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("apiVersion", API);
            json.writeStringField("kind", "TokenReview");
            json.writeObjectFieldStart("spec");
            json.writeStringField("token", token);
            json.writeArrayFieldStart("audiences");
            json.writeString(issuer.audience());
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a writer in memory cannot fail", e);
        }
        return text.toString();
    }

    private static Outcome outcome(Map<String, @Nullable Object> answer, String audience) {
        if (!API.equals(answer.get("apiVersion"))
                || !"TokenReview".equals(answer.get("kind"))
                || !(answer.get("status") instanceof Map<?, ?> status)) {
            return new Outcome.Unavailable("the answer is no TokenReview");
        }
        if (!Boolean.TRUE.equals(status.get("authenticated"))) {
            return new Outcome.NotAuthenticated("the cluster does not authenticate the token");
        }
        // A server that knows nothing of audiences leaves them out: then its yes is for itself.
        if (!(status.get("audiences") instanceof List<?> audiences)
                || !audiences.contains(audience)) {
            return new Outcome.NotAuthenticated(
                    "the cluster authenticates the token for other audiences only");
        }
        if (!(status.get("user") instanceof Map<?, ?> user)
                || !(user.get("username") instanceof String username)
                || username.isEmpty()) {
            return new Outcome.Unavailable("the review names no user");
        }
        return new Outcome.Authenticated(
                username, user.get("uid") instanceof String uid ? uid : null);
    }
}
