package io.quay.pdp.policy;

/// Whether one scope surely matches whatever another matches, as far as that shows from the texts
/// alone.
final class Covers {
    private Covers() {}

    static boolean scope(Scope wide, Scope narrow) {
        return constraint(wide.principal(), narrow.principal())
                && constraint(wide.action(), narrow.action())
                && constraint(wide.resource(), narrow.resource());
    }

    private static boolean constraint(Constraint wide, Constraint narrow) {
        if (wide instanceof Constraint.Any || wide.equals(narrow)) {
            return true;
        }
        return wide instanceof Constraint.In(var any)
                && !(narrow instanceof Constraint.Any)
                && !(narrow instanceof Constraint.Is)
                && !narrow.named().isEmpty()
                && any.containsAll(narrow.named());
    }
}
