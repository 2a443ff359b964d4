package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.RevocationSpec;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/v1/revocations`.
final class RevocationsEndpoint {
    private static final String REVOCATIONS = "/v1/revocations";
    private static final String SCHEMA = "Revocation";

    private final Administration administration;
    private final Supplier<LiveView> policies;

    /// @param policies tell the names of the accounts
    RevocationsEndpoint(Administration administration, Supplier<LiveView> policies) {
        this.administration = administration;
        this.policies = policies;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                REVOCATIONS,
                                "createRevocation",
                                "Refuses tokens that were issued before a moment",
                                "revoke",
                                this::create)
                        .body("RevocationRequest")
                        .answer(SCHEMA)
                        .with(Trait.CREATES, Trait.CHANGES),
                Route.of(
                                Method.GET,
                                REVOCATIONS,
                                "listRevocations",
                                "Lists the revocations that still refuse some token",
                                "readRevocations",
                                this::list)
                        .answer(SCHEMA)
                        .with(Trait.LIST),
                Route.of(
                                Method.GET,
                                REVOCATIONS + "/{id}",
                                "getRevocation",
                                "Reads a revocation",
                                "readRevocations",
                                this::get)
                        .answer(SCHEMA));
    }

    private Reply create(ApiRequest request) {
        ObjectNode body = request.body();
        BodyFields fields = new BodyFields(body);
        RevocationSpec spec = read(fields);
        Instant before = fields.time("before");
        fields.end();
        Write.Done<Revocation> done =
                administration.revoke(
                        request.caller(),
                        java.util.Objects.requireNonNull(spec),
                        before,
                        request.write(body));
        return Replies.created(
                request, REVOCATIONS + "/" + done.value().id(), write(done.value()), done);
    }

    private static @Nullable RevocationSpec read(BodyFields fields) {
        String account = fields.text("account");
        String credential = fields.text("credential");
        String issuer = fields.text("issuer");
        boolean everything = fields.flag("everything", false);
        int targets = (account == null ? 0 : 1) + (issuer == null ? 0 : 1) + (everything ? 1 : 0);
        if (targets != 1) {
            fields.wrong(
                    "account",
                    "exactly one of `account`, `issuer` and `everything: true` is needed");
            return null;
        }
        if (credential != null && account == null) {
            fields.wrong("credential", "needs the `account` that it is of");
            return null;
        }
        if (account != null) {
            return credential == null
                    ? new RevocationSpec.Account(account)
                    : new RevocationSpec.OneCredential(account, credential);
        }
        return issuer == null ? new RevocationSpec.Everything() : new RevocationSpec.Issuer(issuer);
    }

    private Reply list(ApiRequest request) {
        List<Revocation> found =
                administration.revocations(
                        request.caller(), request.cursor(), request.pageSize() + 1);
        return Pages.of(request, found, Revocation::id, this::write);
    }

    private Reply get(ApiRequest request) {
        String id = request.path("id");
        String after = null;
        while (true) {
            List<Revocation> some =
                    administration.revocations(request.caller(), after, ApiRequest.MAX_PAGE);
            for (Revocation revocation : some) {
                if (revocation.id().equals(id)) {
                    return Reply.ok(write(revocation));
                }
            }
            if (some.size() < ApiRequest.MAX_PAGE) {
                throw new RefusedException(
                        RefusedException.Refusal.NOT_FOUND, "there is no such revocation");
            }
            after = some.getLast().id();
        }
    }

    private ObjectNode write(Revocation revocation) {
        ObjectNode json = BodyFields.empty().put("id", revocation.id());
        switch (revocation.target()) {
            case Revocation.Target.Account(String id) ->
                    json.put("account", name(id)).put("account_id", id);
            case Revocation.Target.Credential(String id) -> json.put("credential", id);
            case Revocation.Target.Issuer(String name) -> json.put("issuer", name);
            case Revocation.Target.Token(String id) -> json.put("token", id);
            case Revocation.Target.Everything _ -> json.put("everything", true);
        }
        json.set("before", Times.json(revocation.before()));
        json.set("created_at", Times.json(revocation.createdAt()));
        return json.put("created_by", revocation.createdBy());
    }

    /// Null when the account was deleted since.
    private @Nullable String name(String accountId) {
        return policies.get().accounts().all().stream()
                .filter(account -> account.id().equals(accountId))
                .map(ServiceAccount::name)
                .findFirst()
                .orElse(null);
    }
}
