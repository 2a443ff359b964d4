package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads claims, each of exactly its type: nothing is converted, and what is there in another shape
/// is refused, never taken for absent. Messages name claims and hold no value. For one token.
record ClaimReader(Map<?, ?> claims) {
    private static final int MAX_TEXT = 2048;

    /// Text of at least one character and none that is a control character.
    String text(String claim) throws ClaimException {
        String text = optionalText(claim);
        if (text == null) {
            throw missing(claim);
        }
        return text;
    }

    String text(String claim, Pattern form) throws ClaimException {
        return matching(claim, text(claim), form);
    }

    /// Null when it is absent or empty: platforms write `""` for what does not apply.
    @Nullable String optionalText(String claim) throws ClaimException {
        Object value = claims.get(claim);
        if (value == null || value.equals("")) {
            return null;
        }
        if (value instanceof String text
                && text.length() <= MAX_TEXT
                && text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        throw new ClaimException(
                Cause.MALFORMED_CLAIM, "claim " + claim + " is no text of at most 2048 characters");
    }

    @Nullable String optionalText(String claim, Pattern form) throws ClaimException {
        String text = optionalText(claim);
        return text == null ? null : matching(claim, text, form);
    }

    /// A truth that its platform writes as text: exactly `"true"` or `"false"`.
    boolean truth(String claim) throws ClaimException {
        Boolean truth = optionalTruth(claim);
        if (truth == null) {
            throw missing(claim);
        }
        return truth;
    }

    @Nullable Boolean optionalTruth(String claim) throws ClaimException {
        String text = optionalText(claim);
        if (text == null) {
            return null;
        }
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new ClaimException(
                            Cause.MALFORMED_CLAIM,
                            "claim " + claim + " is neither \"true\" nor \"false\"");
        };
    }

    @Nullable Long optionalWhole(String claim) throws ClaimException {
        Object value = claims.get(claim);
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        throw new ClaimException(Cause.MALFORMED_CLAIM, "claim " + claim + " is no integer");
    }

    /// What tells this run from the others, for records: those of the claims that are there.
    Map<String, String> run(String... names) throws ClaimException {
        Map<String, String> run = new LinkedHashMap<>();
        for (String name : names) {
            String text = optionalText(name);
            if (text != null) {
                run.put(name, text);
            }
        }
        return run;
    }

    private static String matching(String claim, String text, Pattern form) throws ClaimException {
        if (form.matcher(text).matches()) {
            return text;
        }
        throw new ClaimException(
                Cause.MALFORMED_CLAIM, "claim " + claim + " is not as its platform writes it");
    }

    private static ClaimException missing(String claim) {
        return new ClaimException(Cause.MISSING_CLAIM, "claim " + claim + " is missing");
    }
}
