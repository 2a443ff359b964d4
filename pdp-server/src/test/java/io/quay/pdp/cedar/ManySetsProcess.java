package io.quay.pdp.cedar;

import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import java.util.List;
import java.util.Map;

/// Compiles one policy set after another, with what `java -jar` would set and nothing else, and
/// keeps only the last.
final class ManySetsProcess {
    private ManySetsProcess() {}

    public static void main(String[] args) {
        CedarLanguage language = new CedarLanguage(new CedarThreads(1));
        String deep = Questions.forbidWhen("context has x || ".repeat(498) + "false");
        int count = Integer.parseInt(args[0]);
        for (int i = 0; i < count; i++) {
            PolicyEngine engine =
                    language.compile(
                            Map.of("all", Questions.PERMIT_ALL, "deep", deep), Map.of(), List.of());
            if (!(engine.evaluate(Questions.with(Map.of())) instanceof Evaluation.Permitted)) {
                throw new IllegalStateException("set " + i + " answers wrongly");
            }
            if (i % 500 == 499) {
                // freed on the collector's own small thread
                System.gc();
            }
        }
        System.out.println("compiled " + count);
    }
}
