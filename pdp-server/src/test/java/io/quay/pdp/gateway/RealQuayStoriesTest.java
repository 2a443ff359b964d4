package io.quay.pdp.gateway;

import io.quay.pdp.standin.RealQuay;
import org.junit.jupiter.api.Tag;

/// The stories before a real Quay.
@Tag(RealQuay.TAG)
class RealQuayStoriesTest extends GatewayStories {
    @Override
    StoryQuay quay(String mode) {
        return RealStoryQuay.start(mode);
    }
}
