package io.quay.pdp.gateway.doctor;

import io.quay.pdp.identity.ServiceAccount;

/// Whether Quay refuses what is not a token of ours. For one thread.
final class TokenChecks {
    private static final String USER = "/api/v1/user/";
    private static final int TIMES = 4;

    private final Findings findings;
    private final Questions questions;
    private final ForgedTokens tokens;

    TokenChecks(Findings findings, Questions questions, ForgedTokens tokens) {
        this.findings = findings;
        this.questions = questions;
        this.tokens = tokens;
    }

    /// @param account which has its user already, or may get it
    /// @param goodAccepted whether Quay took a good token: otherwise a refusal proves nothing
    void run(ServiceAccount account, boolean goodAccepted) {
        refused(
                Check.BROKEN_SIGNATURE,
                tokens.withBrokenSignature(account),
                goodAccepted,
                "a token with a broken signature: whoever reaches this Quay is any of its users,"
                        + " superusers too");
        refused(
                Check.UNKNOWN_KEY,
                tokens.ofUnknownKey(account),
                goodAccepted,
                "a token that somebody else's key signed");
        refused(Check.EXPIRED_TOKEN, tokens.expired(account), goodAccepted, "an expired token");
        refused(
                Check.WRONG_AUDIENCE,
                tokens.forAnotherAudience(account),
                goodAccepted,
                "a token for another audience");
        refused(
                Check.WRONG_ISSUER,
                tokens.ofAnotherIssuer(account),
                goodAccepted,
                "a token of another issuer");
        refused(
                Check.UNSIGNED_TOKEN,
                tokens.unsigned(account),
                goodAccepted,
                "a token that nobody signed: whoever reaches this Quay is any of its users");
        refused(
                Check.PUBLIC_KEY_AS_SECRET,
                tokens.signedWithPublicKey(account),
                goodAccepted,
                "a token that is signed with our public key as a secret: whoever reaches this Quay"
                        + " is any of its users");
    }

    /// Of several: one of Quay's replicas may be configured otherwise.
    private Answer worst(String authorization) {
        Answer worst = questions.get(USER, authorization);
        for (int more = 1; more < TIMES && !taken(worst); more++) {
            try (Questions fresh = questions.anew()) {
                Answer answer = fresh.get(USER, authorization);
                if (taken(answer) || !denied(answer)) {
                    worst = answer;
                }
            }
        }
        return worst;
    }

    private static boolean taken(Answer answer) {
        return answer instanceof Answer.Given given && given.ok();
    }

    private static boolean denied(Answer answer) {
        return answer instanceof Answer.Given given && given.status() == 401;
    }

    private void refused(Check check, String token, boolean goodAccepted, String what) {
        Answer answer = worst("Bearer " + token);
        boolean denied = denied(answer);
        if (taken(answer)) {
            findings.failed(
                    check,
                    "Quay takes " + what,
                    "set TESTING: false in Quay's config.yaml, where it is true unless it is set,"
                            + " and restart it; until then let nobody reach Quay");
        } else if (denied && goodAccepted) {
            findings.passed(check, "refused: " + answer.show());
        } else {
            findings.unknown(
                    check,
                    "not taken: "
                            + answer.show()
                            + (goodAccepted
                                    ? ", which is not how Quay refuses a token"
                                    : ", and no good token is taken either, so that this proves"
                                            + " nothing"),
                    "mend the other findings and run this again; see that Quay's config.yaml has"
                            + " TESTING: false");
        }
    }
}
