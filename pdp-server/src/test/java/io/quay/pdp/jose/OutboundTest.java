package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.CapturedLog;
import io.quay.pdp.federation.Issuer.Access;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where requests go, and where never.
class OutboundTest {
    private static final Access PLAIN = Access.PLAIN;

    @TempDir private Path directory;
    private final KeyServer server = KeyServer.start();
    private final URI keys = server.uri("/jwks");
    private final AtomicInteger lookups = new AtomicInteger();

    @AfterEach
    void stop() {
        server.close();
    }

    /// Names that mean another address each time they are looked up.
    private Outbound resolving(String... addresses) {
        Iterator<String> next = List.of(addresses).iterator();
        return new Outbound(
                null,
                null,
                Outbound.Limits.DEFAULT,
                _ -> {
                    lookups.incrementAndGet();
                    return literals(next.next());
                });
    }

    private static InetAddress[] literals(String texts) {
        return List.of(texts.split(" ", -1)).stream()
                .map(InetAddress::ofLiteral)
                .toArray(InetAddress[]::new);
    }

    private static void refused(Outbound outbound, boolean privateNetwork, URI uri, String cause) {
        assertThatThrownBy(
                        () -> outbound.get(new Destination(uri, PLAIN, privateNetwork, null), uri))
                .isInstanceOf(OutboundException.class)
                .hasMessageContaining(cause);
    }

    private URI localhost() {
        return URI.create("http://localhost:" + server.port() + "/jwks");
    }

    @Test
    void rebinding_nameThatIsPublicOnceAndPrivateWhenConnectedTo_isRefused() {
        server.answer("/jwks", () -> "{}");
        // One lookup a request: what is judged is what is connected to, so the second answer can
        // only be that of a second request.
        refused(resolving("127.0.0.1", "1.1.1.1"), false, localhost(), "not public");
        assertThat(lookups).hasValue(1);
        assertThat(server.requests()).isZero();
    }

    @Test
    void rebinding_nameThatMovesToTheMetadataService_isRefusedEvenInPrivateNetworks()
            throws OutboundException {
        server.answer("/jwks", () -> "{}");
        Outbound outbound = resolving("127.0.0.1", "169.254.169.254");
        Destination local = new Destination(localhost(), PLAIN, true, null);
        assertThat(outbound.get(local, localhost())).isNotEmpty();
        refused(outbound, true, localhost(), "link-local");
        assertThat(lookups).hasValue(2);
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void nameWithOneBadAddressAmongGoodOnesIsRefused() {
        server.answer("/jwks", () -> "{}");
        refused(resolving("127.0.0.1 169.254.169.254"), true, localhost(), "link-local");
        URI https = URI.create("https://localhost:" + server.port() + "/jwks");
        refused(resolving("1.1.1.1 127.0.0.1"), false, https, "not public");
        assertThat(server.requests()).isZero();
    }

    @Test
    void localhostThatIsAnotherMachineIsNotSpokenToInClear() {
        refused(resolving("10.0.0.1"), true, localhost(), "https is required");
    }

    @Test
    void addressThatIsNotPublicIsRefusedUnlessTheIssuerSaysSo() throws OutboundException {
        server.answer("/jwks", () -> "{}");
        Outbound outbound = new Outbound(null, null);
        refused(outbound, false, keys, "allow_private_addresses");
        assertThat(server.requests()).isZero();
        assertThat(outbound.get(new Destination(keys, PLAIN, true, null), keys)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://169.254.169.254/",
                "https://[fe80::1]/",
                "https://[::ffff:169.254.169.254]/",
                "https://[::ffff:a9fe:a9fe]/",
                "https://[64:ff9b::a9fe:a9fe]/",
                "https://[2002:a9fe:a9fe::1]/",
                "https://0.0.0.0/",
                "https://[::]/",
                "https://224.0.0.1/",
                "https://[ff02::1]/",
                "https://100.100.100.200/"
            })
    void addressThatIsNeverAskedIsRefusedEvenInPrivateNetworks(String uri) {
        refused(new Outbound(null, null), true, URI.create(uri), "never asked");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/",
                "https://localhost/",
                "https://[::1]/",
                "https://10.0.0.1/",
                "https://192.168.1.1/",
                "https://[fd00::1]/",
                "https://[64:ff9b::7f00:1]/",
                "https://100.64.0.1/"
            })
    void addressThatIsNotPublicIsRefused(String uri) {
        refused(new Outbound(null, null), false, URI.create(uri), "not public");
    }

    @Test
    void redirectIsNotFollowedAndTheBearerStaysAtItsOrigin() throws Exception {
        Path bearer = Files.writeString(directory.resolve("bearer"), "planted-bearer-value");
        try (KeyServer other = KeyServer.start();
                CapturedLog log = CapturedLog.begin()) {
            other.answer("/jwks", () -> "{}");
            server.redirect("/jwks", other.url() + "/jwks");
            server.redirect("/same", server.url() + "/jwks");
            Destination registered = new Destination(keys, new Access(null, bearer), true, null);
            Outbound outbound = new Outbound(null, null);
            for (URI uri : List.of(keys, server.uri("/same"), other.uri("/jwks"))) {
                assertThatThrownBy(() -> outbound.get(registered, uri))
                        .isInstanceOf(OutboundException.class)
                        .hasMessageNotContaining("planted");
            }
            assertThat(server.authorizations())
                    .containsExactly("Bearer planted-bearer-value", "Bearer planted-bearer-value");
            assertThat(other.requests()).isZero();
            assertThat(log.text()).doesNotContain("planted");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "two words", "line\r\nX-Injected: 1", "ünïcode", "a=b"})
    void bearerFileThatHoldsNoTokenIsRefusedBeforeAnythingIsSent(String content) throws Exception {
        Path bearer = Files.writeString(directory.resolve("bearer"), content);
        server.answer("/jwks", () -> "{}");
        Destination registered = new Destination(keys, new Access(null, bearer), true, null);
        assertThatThrownBy(() -> new Outbound(null, null).get(registered, keys))
                .hasMessage("the bearer file does not hold one bearer token");
        assertThat(server.requests()).isZero();
    }

    @Test
    void missingBearerFileIsRefusedBeforeAnythingIsSent() {
        Access access = new Access(null, directory.resolve("absent"));
        assertThatThrownBy(() ->
                        new Outbound(null, null)
                                .get(new Destination(keys, access, true, null), keys))
                .hasMessageContaining("cannot be read");
        assertThat(server.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void keyAddressThatWantsACredentialSaysWhatToDo(int status) throws Exception {
        server.answer("/jwks", status, "{}");
        KeyFetcher fetcher = new KeyFetcher();
        assertThatThrownBy(() -> fetcher.get(new Destination(keys, PLAIN, true, null), keys))
                .hasMessage(
                        "the issuer's key address wants a credential (status %d): set `bearer_file`"
                                .formatted(status));
        Path bearer = Files.writeString(directory.resolve("bearer"), "stale");
        Access withBearer = new Access(null, bearer);
        assertThatThrownBy(() -> fetcher.get(new Destination(keys, withBearer, true, null), keys))
                .hasMessageContaining("refuses the credential in `bearer_file`");
    }

    @Test
    void lookupThatNeverAnswersTimesOut() {
        CountDownLatch over = new CountDownLatch(1);
        Outbound outbound =
                new Outbound(
                        null,
                        null,
                        new Outbound.Limits(Duration.ofSeconds(1), Duration.ofMillis(300)),
                        name -> {
                            try {
                                over.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                            return InetAddress.getAllByName(name);
                        });
        refused(outbound, true, localhost(), "no complete answer in time");
        over.countDown();
        assertThat(server.requests()).isZero();
    }

    private static Outbound hasty() {
        return new Outbound(
                null,
                null,
                new Outbound.Limits(Duration.ofSeconds(1), Duration.ofMillis(400)),
                InetAddress::getAllByName);
    }

    @Test
    void slowLoris_answerOfOneByteNowAndThen_isCutOff() {
        server.trickle("/jwks");
        refused(hasty(), true, keys, "no complete answer in time");
    }

    @Test
    void serverThatIsSilentInTheTlsHandshakeIsCutOff() {
        try (RawServer silent = RawServer.start((_, _) -> {})) {
            URI uri = URI.create("https://127.0.0.1:" + silent.port() + "/");
            refused(hasty(), true, uri, "no complete answer in time");
        }
    }

    @Test
    void endlessHeadersAreCutOff() {
        byte[] line = "X-Filler: x\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RawServer chatty =
                RawServer.start((_, out) -> {
                    out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
                    for (int i = 0; i < 10_000_000; i++) {
                        out.write(line);
                    }
                })) {
            URI uri = URI.create("http://127.0.0.1:" + chatty.port() + "/");
            refused(new Outbound(null, null), true, uri, "MessageConstraintException");
        }
    }

    @Test
    void compressedAnswerIsNotUnpacked() throws OutboundException {
        byte[] packed = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
        try (RawServer packing =
                RawServer.start((_, out) -> {
                    RawServer.lines(
                            out,
                            "HTTP/1.1 200 OK",
                            "Content-Encoding: gzip",
                            "Content-Length: 10",
                            "");
                    out.write(packed);
                    out.flush();
                })) {
            URI uri = URI.create("http://127.0.0.1:" + packing.port() + "/");
            assertThat(new Outbound(null, null).get(new Destination(uri, PLAIN, true, null), uri))
                    .isEqualTo(packed);
        }
    }
}
