package io.quay.pdp.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds what was probably meant by a name that is not known.
final class Spelling {
    private Spelling() {}

    /// `; did you mean …?`, or empty when nothing is near.
    static String hint(String name, Collection<String> known) {
        Optional<String> nearest =
                known.stream().min(Comparator.comparingInt(each -> distance(name, each)));
        return nearest.filter(each -> distance(name, each) <= Math.max(2, each.length() / 3))
                .map(each -> "; did you mean `" + each + "`?")
                .orElse("");
    }

    /// How many characters must be added, removed or changed.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
