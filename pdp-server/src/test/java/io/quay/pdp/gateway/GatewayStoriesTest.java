package io.quay.pdp.gateway;

import java.io.IOException;

/// The stories before the stand-in for Quay.
class GatewayStoriesTest extends GatewayStories {
    @Override
    StoryQuay quay(String mode) throws IOException {
        return StandInStoryQuay.start();
    }
}
