package io.quay.pdp.standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;

/// A stand-in for Quay on the loopback address: as much of its Management API as service accounts
/// need, and what a real one was seen to enforce. It can be started from its source, with the
/// server's jar for the libraries:
///
///     java -cp pdp-server/target/pdp-server.jar \
///         pdp-server/src/test/java/io/quay/pdp/standin/StandIn.java \
///         PORT ISSUER AUDIENCE SUPERUSERS [IMAGE…]
///
/// It prints a line with its address and one with an OAuth token of the first superuser. With `-`
/// as ISSUER it reads that from a line of its standard input then. An image, `acme/app:v1`, is one
/// that somebody pushed before.
public final class StandIn implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALL_SCOPES =
            "repo:read repo:write repo:admin repo:create user:read user:admin org:admin super:user";
    private static final int MAX_BODY = 1 << 20;

    /// A request as it came in.
    public record Seen(String method, String target, String user, int status) {}

    private final HttpServer server;
    private final StandInState state;
    private final StandInAccess access;
    private final StandInSettings settings;
    private final StandInApi api;
    private final List<Seen> seen = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final String administrator;
    private boolean broken;

    private StandIn(
            HttpServer server,
            StandInState state,
            StandInAccess access,
            StandInSettings settings,
            String first) {
        this.server = server;
        this.state = state;
        this.access = access;
        this.settings = settings;
        this.api = new StandInApi(state, access, settings);
        state.users.add(new StandInState.User(first));
        this.administrator = state.issue(first, "first", ALL_SCOPES, 86_400, "bootstrap");
    }

    /// @param issuer whose tokens are taken, as `OIDC_SERVER`
    /// @param audience as `CLIENT_ID`
    /// @param superusers as `SUPER_USERS`; the first one exists
    public static StandIn start(
            int port, String issuer, String audience, List<String> superusers, Clock clock)
            throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        StandInState state = new StandInState(clock, Set.copyOf(superusers));
        StandInAccess access = new StandInAccess(state, issuer, audience, "pdp");
        StandIn standIn =
                new StandIn(
                        server,
                        state,
                        access,
                        new StandInSettings(state, access, audience),
                        superusers.getFirst());
        server.createContext("/", standIn::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return standIn;
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 4 || !args[0].matches("\\d{1,5}")) {
            System.err.println("usage: StandIn PORT ISSUER AUDIENCE SUPERUSERS [IMAGE...]");
            System.exit(2);
        }
        StandIn standIn =
                start(
                        Integer.parseInt(args[0]),
                        args[1],
                        args[2],
                        List.of(args[3].split(",", -1)),
                        Clock.systemUTC());
        List.of(args).subList(4, args.length).forEach(standIn::push);
        System.out.println("listening on " + standIn.url());
        System.out.println("token " + standIn.administrator());
        if (args[1].equals("-")) {
            standIn.trust(IO.readln());
        }
    }

    /// From now on it takes the tokens of this issuer alone, as `OIDC_SERVER`.
    public void trust(String issuer) {
        locked(() -> access.trust(issuer));
    }

    /// An image as the first superuser pushed it.
    ///
    /// @param image as `acme/app:v1`
    public void push(String image) {
        String[] parts = image.split(":", 2);
        locked(() -> state.push(state.users.getFirst().name, parts[0], parts[1]));
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// An OAuth token of the first superuser, with all scopes.
    public String administrator() {
        return administrator;
    }

    /// An application of an organization.
    public void application(String organization, String clientId) {
        locked(() -> state.organization(organization).applications.add(clientId));
    }

    /// From now on every answer is 502.
    public void breakDown(boolean down) {
        locked(() -> broken = down);
    }

    /// As `FEATURE_USER_CREATION`.
    public void createUsers(boolean allowed) {
        locked(() -> state.userCreation = allowed);
    }

    /// What is wrong with it.
    public StandInFaults faults() {
        return new StandInFaults(state, settings, access, this::locked);
    }

    /// The names of its users.
    public List<String> users() {
        lock.lock();
        try {
            return state.users.stream().map(user -> user.name).toList();
        } finally {
            lock.unlock();
        }
    }

    /// A user that somebody made before.
    public void squat(String name) {
        locked(() -> state.users.add(new StandInState.User(name)));
    }

    /// A login that somebody bound to a user.
    public void bind(String user, String service, String subject) {
        locked(() -> user(user).logins.put(service, subject));
    }

    public void rename(String from, String to) {
        locked(() -> user(from).name = to);
    }

    public boolean enabled(String name) {
        lock.lock();
        try {
            return user(name).enabled;
        } finally {
            lock.unlock();
        }
    }

    private StandInState.User user(String name) {
        return java.util.Objects.requireNonNull(state.find(name), name);
    }

    /// The names of live and ended OAuth tokens of an application.
    public List<String> tokensOf(String application) {
        lock.lock();
        try {
            return state.tokens.values().stream()
                    .filter(token -> token.application().equals(application))
                    .map(StandInState.OauthToken::name)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// What the action log says: kind, performer and what it was about.
    public List<String> log(String organization) {
        lock.lock();
        try {
            return state.log.stream()
                    .filter(entry -> entry.organization().equals(organization))
                    .map(entry -> entry.kind() + " " + entry.performer())
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    public List<Seen> seen() {
        lock.lock();
        try {
            return List.copyOf(seen);
        } finally {
            lock.unlock();
        }
    }

    /// How often the keys of the issuer were fetched.
    public int fetches() {
        lock.lock();
        try {
            return access.fetches;
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY);
        lock.lock();
        try (exchange) {
            String user = "";
            try {
                user = answer(exchange, body);
            } catch (StandInRefusal e) {
                refuse(exchange, e);
            }
            seen.add(
                    new Seen(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().toString(),
                            user,
                            exchange.getResponseCode()));
        } finally {
            lock.unlock();
        }
    }

    /// Returns the name of the user that called; empty for an answer to nobody.
    private String answer(HttpExchange exchange, byte[] body) throws IOException {
        StandInSettings.Rule rule = settings.rule(exchange.getRequestURI().toString());
        if (rule != null) {
            if (!rule.location().isEmpty()) {
                exchange.getResponseHeaders().add("Location", rule.location());
            }
            answer(exchange, rule.status(), Map.of("message", "not Quay"));
            return "";
        }
        String redirect = StandInApi.redirect(exchange.getRequestURI().getRawPath());
        if (broken) {
            answer(exchange, 502, Map.of("error", "bad gateway"));
            return "";
        }
        if (redirect != null) {
            exchange.getResponseHeaders().add("Location", redirect);
            answer(exchange, 308, null);
            return "";
        }
        StandInApi.Reply open = settings.open(exchange.getRequestURI());
        if (open != null) {
            answer(exchange, open.status(), open.body());
            return "";
        }
        StandInAccess.Caller caller =
                access.of(exchange.getRequestHeaders().getFirst("Authorization"));
        String user = caller.user().name;
        StandInApi.Reply reply =
                api.answer(
                        caller, exchange.getRequestMethod(), exchange.getRequestURI(), json(body));
        answer(exchange, reply.status(), reply.body());
        return user;
    }

    private static void refuse(HttpExchange exchange, StandInRefusal e) throws IOException {
        if (e.status == StandInRefusal.NO_ANSWER) {
            exchange.close();
            return;
        }
        answer(
                exchange,
                e.status,
                Map.of(
                        "detail",
                        String.valueOf(e.getMessage()),
                        "error_message",
                        String.valueOf(e.getMessage()),
                        "error_type",
                        e.status == 403 ? "insufficient_scope" : "invalid_request",
                        "title",
                        "error",
                        "status",
                        e.status));
    }

    private static JsonNode json(byte[] body) {
        try {
            return body.length == 0
                    ? JSON.createObjectNode()
                    : JSON.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JsonProcessingException _) {
            throw new StandInRefusal(400, "Invalid JSON");
        }
    }

    private static void answer(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        access.close();
        server.stop(0);
    }
}
