package io.quay.pdp.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How the text of a setting becomes a value.
///
/// @param name for the documentation
/// @param reader throws `IllegalArgumentException` with what is wrong
record ValueType<T>(String name, boolean list, Reader<T> reader) {
    /// @see ValueType#reader
    @FunctionalInterface
    interface Reader<T> {
        /// @param base what relative paths are relative to
        T read(String text, Path base);
    }

    static final ValueType<HostPort> ADDRESS = one("`host:port`", HostPort::parse);
    static final ValueType<URI> BASE_URL = one("URL", ValueType::baseUrl);
    static final ValueType<Path> STORAGE =
            new ValueType<>("`sqlite:FILE`", false, ValueType::storage);
    static final ValueType<Path> PATH = new ValueType<>("path", false, ValueType::path);
    static final ValueType<Secret> SECRET = one("secret", Secret::new);
    static final ValueType<List<String>> URLS = listOf("list of URLs", ValueType::absoluteUrl);
    static final ValueType<Duration> DURATION = one("ISO 8601 duration", ValueType::duration);
    static final ValueType<Boolean> BOOL = one("`true` or `false`", ValueType::bool);
    static final ValueType<String> NAME = one("name", ValueType::name);
    static final ValueType<String> SHA256 = one("64 hex digits", ValueType::sha256);
    static final ValueType<List<AddressRange>> RANGES =
            listOf("list of IP addresses or ranges", AddressRange::parse);

    static final ValueType<String> TEAM =
            one("team name", text -> matching(text, "[a-z][a-z0-9]{1,39}", "a team name"));
    static final ValueType<List<String>> ACCOUNTS =
            listOf(
                    "list of account names",
                    text ->
                            matching(
                                    text,
                                    "svc-[a-z0-9][a-z0-9-]{0,58}",
                                    "a service account's name"));
    static final ValueType<List<String>> NAMES_OF_SCOPES =
            listOf(
                    "list of scopes of Quay",
                    text -> matching(text, "(repo|org|user|super):[a-z]+", "a scope of Quay"));

    private static final Pattern NAME_FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern SHA256_FORM = Pattern.compile("[0-9A-Fa-f]{64}");

    private static String absoluteUrl(String text) {
        try {
            URI url = new URI(text);
            if (url.isAbsolute() && url.getRawFragment() == null) {
                return text;
            }
        } catch (URISyntaxException _) {
            // refused below
        }
        throw bad("not an absolute URL without a fragment", text);
    }

    static ValueType<Integer> whole(int least, int most) {
        return one(
                "whole number, " + least + " to " + most,
                text -> {
                    if (text.matches("[0-9]{1,9}")) {
                        int number = Integer.parseInt(text);
                        if (number >= least && number <= most) {
                            return number;
                        }
                    }
                    throw bad("not a whole number from " + least + " to " + most, text);
                });
    }

    /// One of an enum's constants, written in lower case.
    static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
        return one(choices(type), text -> choose(type, text));
    }

    /// There is no way to answer without a record. The wish for one deserves a reason.
    static final ValueType<Config.OnFailure> ON_FAILURE =
            one(
                    choices(Config.OnFailure.class),
                    text -> {
                        if (text.equals("allow")) {
                            throw new IllegalArgumentException(
                                    "`allow` is not supported: whoever can fill the disk could then"
                                            + " act without a trace");
                        }
                        return choose(Config.OnFailure.class, text);
                    });

    static <E extends Enum<E>> ValueType<List<E>> choicesOf(Class<E> type) {
        return listOf("list of " + choices(type), text -> choose(type, text));
    }

    private static <T> ValueType<T> one(String name, Function<String, T> parse) {
        return new ValueType<>(name, false, (text, _) -> parse.apply(text));
    }

    private static <T> ValueType<List<T>> listOf(String name, Function<String, T> parse) {
        return new ValueType<>(
                name,
                true,
                (text, _) ->
                        text.isEmpty()
                                ? List.of()
                                : Arrays.stream(text.split(",", -1))
                                        .map(String::strip)
                                        .map(parse)
                                        .toList());
    }

    private static <E extends Enum<E>> E choose(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("must be %s, not `%s`".formatted(choices(type), text));
    }

    private static <E extends Enum<E>> String choices(Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> "`" + constant.name().toLowerCase(Locale.ROOT) + "`")
                .collect(Collectors.joining(" or "));
    }

    private static URI baseUrl(String text) {
        try {
            URI url = new URI(text);
            String scheme = String.valueOf(url.getScheme());
            boolean plain =
                    url.getRawQuery() == null
                            && url.getRawFragment() == null
                            && url.getRawUserInfo() == null;
            if (scheme.matches("https?") && url.getHost() != null && plain && !text.endsWith("/")) {
                return url;
            }
        } catch (URISyntaxException _) {
            // Reported below.
        }
        throw bad("not an http or https URL without query, user and final slash", text);
    }

    private static Path storage(String text, Path base) {
        String prefix = "sqlite:";
        if (!text.startsWith(prefix) || text.length() == prefix.length() || text.endsWith("/")) {
            throw bad("not `sqlite:` and the path of a file", text);
        }
        return path(text.substring(prefix.length()), base);
    }

    private static Path path(String text, Path base) {
        try {
            return base.resolve(Path.of(text)).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not a path: " + e.getReason(), e);
        }
    }

    private static Duration duration(String text) {
        try {
            Duration duration = Duration.parse(text);
            if (duration.isPositive()) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException _) {
            // Reported below.
        }
        throw bad("not a positive ISO 8601 duration such as `PT5M`", text);
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad("not `true` or `false`", text);
        };
    }

    private static String matching(String text, String form, String what) {
        if (!text.matches(form)) {
            throw bad("not " + what, text);
        }
        return text;
    }

    private static String name(String text) {
        if (!NAME_FORM.matcher(text).matches()) {
            throw bad("not a name of at most 63 letters, digits, `.`, `_` and `-`", text);
        }
        return text;
    }

    private static String sha256(String text) {
        if (!SHA256_FORM.matcher(text).matches()) {
            // Not shown: it may be the token itself.
            throw new IllegalArgumentException("not a SHA-256 in 64 hex digits");
        }
        return text.toLowerCase(Locale.ROOT);
    }

    private static IllegalArgumentException bad(String what, String text) {
        return new IllegalArgumentException(what + ": `" + text + "`");
    }
}
