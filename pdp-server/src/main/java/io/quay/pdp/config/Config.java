package io.quay.pdp.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All settings of a server: one record a section of `pdp.yaml`. Immutable.
public record Config(
        Server server,
        Storage storage,
        Policies policies,
        Schema schema,
        Decisions decisions,
        List<Pep> peps,
        Audit audit,
        Credentials credentials,
        Tokens tokens,
        Federation federation,
        Quay quay,
        Gateway gateway,
        Presets presets) {
    public Config {
        peps = List.copyOf(peps);
    }

    /// @param issuer the public base URL as configured; null = derived from the address
    public record Server(
            HostPort listen,
            @Nullable URI issuer,
            List<AddressRange> trustedProxies,
            RequestLimits limits) {
        public Server {
            trustedProxies = List.copyOf(trustedProxies);
        }

        /// The public base URL of a server that listens on this port, which is the configured one
        /// unless that is 0.
        public URI issuerOn(int port) {
            return issuer != null
                    ? issuer
                    : URI.create("http://" + new HostPort(listen.host(), port));
        }
    }

    public record RequestLimits(int maxBody, int maxJsonDepth) {}

    /// @param file the SQLite file; its directory is the data directory
    public record Storage(Path file) {
        public Path directory() {
            Path parent = file.getParent();
            return parent == null ? Path.of("") : parent;
        }
    }

    public record Policies(Path directory) {}

    public record Schema(Path directory) {}

    /// @param maxEvaluations how many requests a batch may hold
    /// @param maxSearched how many names are decided for one page of a search
    public record Decisions(UnboundIds unboundIds, int maxEvaluations, int maxSearched) {}

    /// What is decided for operations that look an id up without the object in their path.
    public enum UnboundIds {
        REFUSE,
        TRUST_PATH
    }

    /// A caller that may ask for decisions.
    ///
    /// @param tokenSha256 lower-case hex of the SHA-256 of its token
    public record Pep(
            String name,
            String tokenSha256,
            Set<Face> faces,
            boolean mayNameSubject,
            boolean maySearch,
            Response response) {
        public Pep {
            faces = Set.copyOf(faces);
        }
    }

    public enum Face {
        AUTHORIZE,
        AUTHZEN,
        NGINX,
        TRAEFIK,
        ENVOY
    }

    public enum Response {
        FULL,
        /// Nothing but what AuthZEN requires.
        BARE
    }

    /// @param retention how long decisions and events are kept
    /// @param denialsPerMinute how many unproven or repeated denials are recorded one by one
    /// @param diskReserve in bytes
    public record Audit(
            OnFailure onFailure,
            Durability durability,
            Duration retention,
            int denialsPerMinute,
            int diskReserve) {}

    public enum OnFailure {
        DENY
    }

    public enum Durability {
        SYNC,
        BATCH
    }

    /// @param lifetime of credentials for which nothing else is asked
    /// @param maxLifetime the longest that can be asked for
    /// @param bootstrapLifetime of the first administrator's
    public record Credentials(
            Duration lifetime, Duration maxLifetime, Duration bootstrapLifetime) {}

    /// @param lifetime of access tokens
    /// @param audiences that tokens may be for, besides this server
    /// @param publishAhead how long a key is published before it signs
    /// @param encryptionKeyFile null = none
    /// @param encryptionKey null = none
    public record Tokens(
            Duration lifetime,
            SigningAlgorithm signingAlgorithm,
            List<String> audiences,
            Duration publishAhead,
            Duration rotationInterval,
            @Nullable Path encryptionKeyFile,
            @Nullable Secret encryptionKey) {
        public Tokens {
            audiences = List.copyOf(audiences);
        }
    }

    public enum SigningAlgorithm {
        ES256,
        RS256
    }

    /// @param direct whether workload tokens are taken as they are, without an exchange
    /// @param maxTokenSize in bytes
    /// @param proxy for issuers at public addresses; null = none
    /// @param caFile PEM certificates to trust for issuers without their own; null = the system's
    public record Federation(
            boolean direct, int maxTokenSize, @Nullable HostPort proxy, @Nullable Path caFile) {}

    /// Quay, and how it executes what is allowed.
    ///
    /// @param baseUrl null = there is no gateway
    /// @param caFile PEM certificates to trust for Quay; null = the system's
    /// @param issuer of tokens for Quay as configured; null = derived from the server's
    /// @param audience of tokens for Quay; null = none are made
    /// @param service what Quay calls the login service that we are
    /// @param credentialFile with an OAuth token of Quay; null = none
    /// @param renew whether that token is renewed as Quay's bootstrap token
    /// @param superusers names that the API gives to no account
    /// @param version for reports; null = not said
    public record Quay(
            @Nullable URI baseUrl,
            @Nullable Path caFile,
            @Nullable URI issuer,
            @Nullable String audience,
            String service,
            Execute execute,
            Rights rights,
            Duration tokenLifetime,
            @Nullable Path credentialFile,
            boolean renew,
            String enrolTeam,
            TeamRole enrolRole,
            List<String> superusers,
            Application application,
            boolean extendedNames,
            @Nullable String version) {
        public Quay {
            superusers = List.copyOf(superusers);
        }

        /// The issuer of tokens for Quay.
        ///
        /// @param server our public base URL
        public String issuerOf(String server) {
            return issuer != null ? issuer.toString() : server + "/quay";
        }
    }

    /// How Quay executes an allowed call.
    public enum Execute {
        SSO_JWT,
        OAUTH_TOKEN,
        APPLICATION_TOKEN
    }

    /// What the accounts' users may do in Quay.
    public enum Rights {
        OWN,
        ENROL,
        SUPERUSER
    }

    /// Quay's roles of a team.
    public enum TeamRole {
        MEMBER,
        CREATOR,
        ADMIN
    }

    /// The application whose tokens execute calls.
    ///
    /// @param scopes Quay's
    public record Application(
            @Nullable String organization, @Nullable String clientId, List<String> scopes) {
        public Application {
            scopes = List.copyOf(scopes);
        }
    }

    /// The gateway before Quay.
    ///
    /// @param listen null = there is none
    /// @param foreignCredentials what becomes of calls with credentials that are none of ours
    /// @param otherPaths what becomes of requests for anything but Quay's Management API
    public record Gateway(
            @Nullable HostPort listen,
            Otherwise foreignCredentials,
            List<String> foreignIssuers,
            Otherwise otherPaths,
            Attributes attributes,
            GatewayLimits limits) {
        public Gateway {
            foreignIssuers = List.copyOf(foreignIssuers);
        }
    }

    /// What becomes of what the gateway does not decide.
    public enum Otherwise {
        REFUSE,
        PASS
    }

    /// What Quay is asked about repositories for the sake of a decision.
    ///
    /// @param maxAge how old an answer may be that is used
    /// @param perMinute how many questions one principal may cause in a minute
    public record Attributes(Duration maxAge, int perMinute) {}

    /// Sizes in bytes.
    public record GatewayLimits(
            int maxBody,
            int maxHeaders,
            int maxConnections,
            int maxCalls,
            int maxAccountCalls,
            int maxUpstreamConnections,
            Duration idle,
            Duration header,
            Duration body,
            Duration connect,
            Duration answer,
            Duration upstreamIdle) {}

    /// Credentials of the first start that the environment gives, instead of generated ones.
    public record Presets(@Nullable Secret bootstrapSecret, @Nullable Secret pepToken) {}
}
