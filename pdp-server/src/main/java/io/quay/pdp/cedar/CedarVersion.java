package io.quay.pdp.cedar;

import com.cedarpolicy.AuthorizationEngine;

/// The version of the Cedar language that the bindings speak.
public final class CedarVersion {
    private CedarVersion() {}

    public static String language() {
        return AuthorizationEngine.getCedarLangVersion();
    }
}
