package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.EnrolmentApproval;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.Worlds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.http.Listener;
import io.quay.pdp.http.QuayKeysFace;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.standin.StandIn;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteEnrolments;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.QuayTokens;
import io.quay.pdp.token.Rings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A stand-in for Quay, accounts, the keys that Quay fetches, and the way in which calls are
/// executed: all real but Quay.
final class QuaySite implements AutoCloseable {
    static final Duration LIFETIME = Duration.ofSeconds(60);

    /// With a bootstrap token.
    static final Executions.Mode RENEWING = new Executions.Mode.OneToken(null);

    private static final WebServer.Limits LIMITS = new WebServer.Limits(65_536, 16, 16_384);

    final Database database;
    final Office office;
    final KeyRing ring;
    final QuayTokens tokens;
    final StandIn quay;
    final Enrolments enrolments;
    final Path credentialFile;
    final Executions executions;
    final String url;
    final String administrator;
    private final AtomicLong nanos = new AtomicLong();
    private final WebServer web;
    private final HttpClient client = HttpClient.newHttpClient();

    /// A real Quay in the place of the stand-in.
    ///
    /// @param token an OAuth token of a superuser, with all scopes
    /// @param issuerPort where it finds our keys
    record Real(String url, String token, int issuerPort) {}

    QuaySite(Path directory, Executions.Mode mode) throws Exception {
        this(directory, mode, null);
    }

    /// @param real null = the stand-in
    QuaySite(Path directory, Executions.Mode mode, @Nullable Real real) throws Exception {
        database = Database.open(directory.resolve("data/pdp.db"));
        office = new Office(Worlds.acme(directory.resolve("policies")), new SqliteStore(database));
        KeyEncryption encryption = Rings.encryption();
        ring =
                new KeyRing(
                        new SqliteSigningKeys(database, SqliteSigningKeys.Purpose.QUAY),
                        new RingKeys(encryption, Rings.RANDOM, "quay-signing-key"),
                        QuayTokens.ring(Duration.ofDays(30)),
                        office.ids,
                        office.clock);
        ring.open();
        Listener listener = Listener.bind("127.0.0.1", real == null ? 0 : real.issuerPort());
        String issuer = "http://127.0.0.1:" + listener.port() + "/quay";
        tokens =
                new QuayTokens(
                        new QuayTokens.Settings(issuer, "quay"), ring, office.ids, office.clock);
        web =
                new WebServer(
                        listener,
                        LIMITS,
                        List.of(
                                new QuayKeysFace(
                                        ring, issuer, QuayKeysFace.keysUri(URI.create(issuer)))));
        web.start();
        quay = StandIn.start(0, issuer, "quay", List.of("quayadmin", "svc-root"), office.clock);
        credentialFile = directory.resolve("quay.token");
        url = real == null ? quay.url() : real.url();
        administrator = real == null ? quay.administrator() : real.token();
        Files.writeString(credentialFile, administrator);
        enrolments = new SqliteEnrolments(database);
        executions =
                Executions.open(
                        new Executions.Settings(
                                new QuayApi.Settings(
                                        URI.create(url), null, Duration.ofSeconds(5), 65_536),
                                mode,
                                LIFETIME,
                                credentialFile,
                                mode.equals(RENEWING)),
                        new Executions.Ground(
                                tokens,
                                office.directory,
                                office.policies,
                                enrolments,
                                (event, _) -> office.refusals.add(event),
                                office.ids,
                                office.clock,
                                nanos::get));
    }

    static Executions.Mode asAccount(String... superusers) {
        return new Executions.Mode.Account("pdp", Set.of(superusers), null);
    }

    static Executions.Mode enrolling() {
        return new Executions.Mode.Account("pdp", Set.of(), new Executions.Team("pdp", "creator"));
    }

    /// The time passes for tokens and for what is remembered.
    void advance(Duration by) {
        office.clock.advance(by);
        rememberNoLonger(by);
    }

    /// The time passes for what is remembered alone.
    void rememberNoLonger(Duration by) {
        nanos.addAndGet(by.toNanos());
    }

    ServiceAccount account(String name) {
        if (office.directory.find(name).isEmpty()) {
            office.create(Office.BOSS, Office.spec(name));
        }
        return office.directory.find(name).orElseThrow();
    }

    Operation operation(String name) {
        return office.repository.catalog().operations().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    Prepared prepare(String account, String operation, EntityRef resource) {
        return prepare(account(account), operation, resource);
    }

    Prepared prepare(ServiceAccount account, String operation, EntityRef resource) {
        return executions
                .execution()
                .prepare(new AllowedCall(account, operation(operation), resource, List.of()));
    }

    /// A call that is executed.
    String ready(String account, String operation, EntityRef resource) {
        Prepared prepared = prepare(account, operation, resource);
        assertThat(prepared).as("%s", prepared).isInstanceOf(Prepared.Ready.class);
        return ((Prepared.Ready) prepared).authorization();
    }

    /// A call that is not executed.
    Prepared.Refused refused(String account, String operation, EntityRef resource) {
        Prepared prepared = prepare(account, operation, resource);
        assertThat(prepared).as("%s", prepared).isInstanceOf(Prepared.Refused.class);
        return (Prepared.Refused) prepared;
    }

    /// Declares `svc-root` in Git.
    void declareRoot() {
        office.repository.with(
                "accounts.yaml",
                """
                groups:
                  - name: restricted
                  - name: payroll-readers
                service_accounts:
                  - name: svc-boss
                  - name: svc-acme
                  - name: svc-root
                """);
        office.reload();
    }

    /// What Quay answers.
    int call(String authorization, String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        return send(authorization, method, path, body).statusCode();
    }

    /// As [#call], with what Quay answers.
    HttpResponse<String> send(
            String authorization, String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// What a superuser of Quay does.
    int people(String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        return call("Bearer " + administrator, method, path, body);
    }

    EnrolmentApproval approval() {
        return new EnrolmentApproval(
                office.administration, office.directory, enrolments, office.ids, office.clock);
    }

    List<Event> events(Event.Kind kind) {
        return new EventTable(database)
                .find(new EventQuery(kind.code(), null, null, null, null, null, 100));
    }

    @Override
    public void close() {
        client.shutdownNow();
        executions.close();
        quay.close();
        web.close();
        database.close();
    }
}
