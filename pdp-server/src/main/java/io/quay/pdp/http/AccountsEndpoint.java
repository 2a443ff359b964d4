package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.AccountFilter;
import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.AccountView;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `/v1/service-accounts`.
final class AccountsEndpoint {
    static final String ACCOUNTS = "/v1/service-accounts";
    static final String ACCOUNT = ACCOUNTS + "/{name}";
    private static final String SCHEMA = "ServiceAccount";
    private static final int PATCH_ATTEMPTS = 5;

    private final Administration administration;

    AccountsEndpoint(Administration administration) {
        this.administration = administration;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                ACCOUNTS,
                                "createServiceAccount",
                                "Creates a service account",
                                "createServiceAccount",
                                this::create)
                        .body(SCHEMA)
                        .answer(SCHEMA)
                        .with(Trait.CREATES, Trait.CHANGES, Trait.TAGGED),
                Route.of(
                                Method.GET,
                                ACCOUNTS,
                                "listServiceAccounts",
                                "Lists the service accounts that the caller may read, by name",
                                "readServiceAccount",
                                this::list)
                        .query("owner", "OrganizationName", "Only those of this organization")
                        .query("group", "GroupName", "Only members of this group")
                        .query("label", "LabelFilter", "Only those with this label")
                        .query("enabled", "Flag", "Only those that are enabled, or are not")
                        .answer(SCHEMA)
                        .with(Trait.LIST),
                Route.of(
                                Method.GET,
                                ACCOUNT,
                                "getServiceAccount",
                                "Reads a service account",
                                "readServiceAccount",
                                this::get)
                        .answer(SCHEMA)
                        .with(Trait.TAGGED),
                Route.of(
                                Method.PUT,
                                ACCOUNT,
                                "putServiceAccount",
                                "Replaces a service account, or creates it",
                                "updateServiceAccount",
                                this::put)
                        .body(SCHEMA)
                        .answer(SCHEMA)
                        .with(Trait.CHANGES, Trait.TAGGED, Trait.IF_MATCH),
                Route.of(
                                Method.PATCH,
                                ACCOUNT,
                                "patchServiceAccount",
                                "Changes members of a service account (RFC 7396)",
                                "updateServiceAccount",
                                this::patch)
                        .body("ServiceAccountPatch")
                        .answer(SCHEMA)
                        .with(Trait.CHANGES, Trait.TAGGED, Trait.IF_MATCH),
                Route.of(
                                Method.DELETE,
                                ACCOUNT,
                                "deleteServiceAccount",
                                "Deletes a service account, for ever: its name is never free again",
                                "deleteServiceAccount",
                                this::delete)
                        .with(Trait.CHANGES, Trait.IF_MATCH));
    }

    private Reply list(ApiRequest request) {
        ApiQuery query = request.query();
        List<AccountView> found =
                administration.list(
                        request.caller(),
                        new AccountFilter(
                                query.text("owner"),
                                query.text("group"),
                                query.text("label"),
                                query.flag("enabled")),
                        request.cursor(),
                        request.pageSize() + 1);
        return Pages.of(request, found, view -> view.account().name(), AccountJson::write);
    }

    private Reply get(ApiRequest request) {
        AccountView view = administration.get(request.caller(), request.path("name"));
        if (request.conditions().unchanged(view.revision())) {
            return Reply.empty(304).tagged(view.revision());
        }
        return Reply.ok(AccountJson.write(view)).tagged(view.revision());
    }

    private Reply create(ApiRequest request) {
        ObjectNode body = request.body();
        AccountSpec spec = AccountJson.read(body, null);
        Write write = request.write(body);
        Write.Done<AccountView> done = administration.create(request.caller(), spec, write);
        Reply reply =
                Replies.created(
                        request, location(done.value()), AccountJson.write(done.value()), done);
        return reply.tagged(done.value().revision());
    }

    private Reply put(ApiRequest request) {
        String name = request.path("name");
        ObjectNode body = request.body();
        AccountSpec spec = AccountJson.read(body, name);
        Conditions.Tags noneMatch = request.conditions().noneMatch();
        Conditions.Tags match = request.conditions().match();
        if (noneMatch != null) {
            if (!noneMatch.any() || match != null) {
                throw ProblemException.badRequest(
                        "PUT takes `If-None-Match: *` alone, to create only");
            }
            return createOnly(request, spec);
        }
        if (match != null && match.any() && find(request, name) == null) {
            throw absent();
        }
        Write.Done<AccountView> done;
        try {
            done = administration.replace(request.caller(), name, spec, request.write(null));
        } catch (RefusedException refused) {
            // a condition on what is not there is not met (RFC 9110 §13.1.1)
            throw match != null && refused.refusal() == Refusal.NOT_FOUND ? absent() : refused;
        }
        return replaced(request, done.value(), done.fresh());
    }

    private static RefusedException absent() {
        return new RefusedException(Refusal.STALE, "there is no such account to replace");
    }

    private Reply createOnly(ApiRequest request, AccountSpec spec) {
        try {
            AccountView view =
                    administration.create(request.caller(), spec, request.write(null)).value();
            return replaced(request, view, true);
        } catch (RefusedException refused) {
            if (refused.refusal() == Refusal.NAME_TAKEN && find(request, spec.name()) != null) {
                throw new RefusedException(Refusal.STALE, "there is such an account already");
            }
            throw refused;
        }
    }

    private @Nullable AccountView find(ApiRequest request, String name) {
        try {
            return administration.get(request.caller(), name);
        } catch (RefusedException refused) {
            if (refused.refusal() == Refusal.NOT_FOUND) {
                return null;
            }
            throw refused;
        }
    }

    /// Without `If-Match` a patch is applied to whatever is there: again when that changed while it
    /// was applied, so that no other change is lost.
    private Reply patch(ApiRequest request) {
        ObjectNode patch = request.body();
        Write asked = request.write(null);
        RefusedException last = null;
        for (int attempt = 0; attempt < PATCH_ATTEMPTS; attempt++) {
            AccountView seen = administration.get(request.caller(), request.path("name"));
            AccountSpec spec =
                    AccountJson.read(
                            MergePatch.apply(AccountJson.write(seen), patch), request.path("name"));
            long revision = asked.revision() == null ? seen.revision() : asked.revision();
            try {
                AccountView view =
                        administration
                                .replace(
                                        request.caller(),
                                        request.path("name"),
                                        spec,
                                        new Write(asked.dryRun(), revision, null))
                                .value();
                return replaced(request, view, false);
            } catch (RefusedException refused) {
                if (refused.refusal() != Refusal.STALE || asked.revision() != null) {
                    throw refused;
                }
                last = refused;
            }
        }
        throw java.util.Objects.requireNonNull(last);
    }

    private Reply delete(ApiRequest request) {
        administration.delete(request.caller(), request.path("name"), request.write(null));
        return Replies.changed(request, Reply.empty(204));
    }

    private static Reply replaced(ApiRequest request, AccountView view, boolean created) {
        ObjectNode body = AccountJson.write(view);
        Reply reply =
                created && !request.dryRun() ? Reply.created(location(view), body) : Reply.ok(body);
        return Replies.changed(request, reply.tagged(view.revision()));
    }

    private static String location(AccountView view) {
        return ACCOUNTS + "/" + view.account().name();
    }
}
