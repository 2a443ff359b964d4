package io.quay.pdp.federation;

import io.quay.pdp.decision.Knowledge;
import java.util.List;

/// The port to the loaded policies with the issuers that belong to them: both of one snapshot.
public interface TrustedIssuers extends Knowledge {
    List<Issuer> issuers();
}
