package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import io.quay.pdp.federation.Issuer.KeySource.BundleUri;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import io.quay.pdp.federation.Issuer.KeySource.JwksFile;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.federation.Issuer.Profile;
import io.quay.pdp.federation.Issuer.Profile.HttpsSpiffe;
import io.quay.pdp.federation.Issuer.Profile.HttpsWeb;
import io.quay.pdp.jose.StrictJson.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads an issuer's keys from where it publishes them. Keeps nothing.
final class KeyLoader {
    private final KeyFetcher fetcher;

    KeyLoader(KeyFetcher fetcher) {
        this.fetcher = fetcher;
    }

    /// What a file looks like from outside; another stamp means it must be read again.
    record Stamp(FileTime modified, long size, @Nullable Object fileKey) {}

    /// @return null for sources on the network and for a file that cannot be seen
    @Nullable Stamp stamp(Issuer issuer) {
        Path file = file(issuer);
        if (file == null) {
            return null;
        }
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(
                    attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException _) {
            return null;
        }
    }

    /// The file that has the issuer's keys; null for sources on the network.
    static @Nullable Path file(Issuer issuer) {
        return switch (issuer.keys()) {
            case JwksFile(Path file) -> file;
            case BundleFile(Path file) -> file;
            case Discovery _, JwksUri _, BundleUri _ -> null;
        };
    }

    /// Where the keys are, for comparing what is kept with what is configured.
    static String place(Issuer issuer) {
        return switch (issuer.keys()) {
            case Discovery _ -> "discovery " + issuer.issuer();
            case JwksUri(URI uri, Access _) -> "jwks " + issuer.issuer() + " " + uri;
            case JwksFile(Path file) -> "jwks " + issuer.issuer() + " " + file;
            case BundleFile(Path file) -> "bundle " + issuer.issuer() + " " + file;
            case BundleUri(URI uri, Profile _, Access _) -> "bundle " + issuer.issuer() + " " + uri;
        };
    }

    /// @param before what is kept; null = nothing yet. Of a trust domain it also says whom its
    ///   bundle's endpoint is believed to be.
    KeyDocument load(Issuer issuer, @Nullable KeyDocument before) throws KeysUnavailableException {
        byte[] document =
                switch (issuer.keys()) {
                    case JwksFile(Path file) -> read(file);
                    case BundleFile(Path file) -> read(file);
                    case JwksUri(URI uri, Access access) ->
                            fetcher.get(Destination.of(issuer, uri, access), uri);
                    case Discovery(Access access) -> discover(issuer, access);
                    case BundleUri(URI uri, Profile profile, Access access) ->
                            fetcher.get(endpoint(issuer, uri, profile, access, before), uri);
                };
        return KeyDocument.read(document, issuer.keys(), issuer.name());
    }

    private static byte[] read(Path file) throws KeysUnavailableException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Outbound.MAX_BYTES + 1);
            if (bytes.length > Outbound.MAX_BYTES) {
                throw new KeysUnavailableException("the key file is longer than 256 KiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new KeysUnavailableException(
                    "the key file cannot be read: " + e.getClass().getSimpleName());
        }
    }

    /// OpenID Connect Discovery 1.0 §4: the metadata must name exactly this issuer, and its keys
    /// must be at the issuer's own origin. A cluster that advertises another address for them is
    /// registered with `jwks_uri` instead.
    private byte[] discover(Issuer issuer, Access access) throws KeysUnavailableException {
        String iss = issuer.issuer();
        Destination origin = Destination.of(issuer, uri(iss), access);
        String base = iss.endsWith("/") ? iss.substring(0, iss.length() - 1) : iss;
        byte[] document = fetcher.get(origin, uri(base + "/.well-known/openid-configuration"));
        Map<String, @Nullable Object> metadata = metadata(document);
        if (!iss.equals(metadata.get("issuer"))) {
            throw new KeysUnavailableException("the metadata names another issuer");
        }
        if (!(metadata.get("jwks_uri") instanceof String jwksUri)) {
            throw new KeysUnavailableException("the metadata has no jwks_uri");
        }
        URI keys = uri(jwksUri);
        try {
            origin.admit(keys);
        } catch (OutboundException e) {
            throw new KeysUnavailableException(
                    "the metadata's jwks_uri is refused (%s); if it is right, register it as `jwks_uri`"
                            .formatted(e.getMessage()));
        }
        return fetcher.get(origin, keys);
    }

    private static Map<String, @Nullable Object> metadata(byte[] document)
            throws KeysUnavailableException {
        try {
            return StrictJson.object(document);
        } catch (MalformedException e) {
            throw new KeysUnavailableException("the metadata is no JSON: " + e.getMessage());
        }
    }

    private static Destination endpoint(
            Issuer issuer, URI uri, Profile profile, Access access, @Nullable KeyDocument before)
            throws KeysUnavailableException {
        Destination endpoint = Destination.of(issuer, uri, access);
        return switch (profile) {
            case HttpsWeb() -> endpoint;
            case HttpsSpiffe(String endpointId, Path bootstrap) ->
                    endpoint.trusting(
                            endpointTrust(issuer, endpointId, newest(issuer, bootstrap, before)));
        };
    }

    /// The endpoint proves itself by the very bundle that it serves, so its SPIFFE ID must be of
    /// that trust domain (SPIFFE Federation §5.2.2).
    private static SvidTrust endpointTrust(Issuer issuer, String endpointId, KeyDocument bundle)
            throws KeysUnavailableException {
        if (!endpointId.startsWith(issuer.issuer() + "/")) {
            throw new KeysUnavailableException(
                    "the endpoint's SPIFFE ID is of another trust domain");
        }
        try {
            return SvidTrust.of(bundle.roots(), endpointId);
        } catch (OutboundException e) {
            throw new KeysUnavailableException("the kept bundle: " + e.getMessage());
        }
    }

    /// The kept bundle, unless somebody put a newer one into the bootstrap file: the way out when
    /// all roots have changed while the endpoint was out of reach.
    private static KeyDocument newest(Issuer issuer, Path bootstrap, @Nullable KeyDocument before)
            throws KeysUnavailableException {
        if (before == null) {
            return KeyDocument.read(read(bootstrap), issuer.keys(), issuer.name());
        }
        try {
            KeyDocument file = KeyDocument.read(read(bootstrap), issuer.keys(), issuer.name());
            Long kept = before.sequence();
            Long offered = file.sequence();
            return kept != null && offered != null && offered > kept ? file : before;
        } catch (KeysUnavailableException _) {
            // It has done its service and may be gone.
            return before;
        }
    }

    private static URI uri(String text) throws KeysUnavailableException {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException _) {
            throw new KeysUnavailableException("not an address");
        }
    }
}
