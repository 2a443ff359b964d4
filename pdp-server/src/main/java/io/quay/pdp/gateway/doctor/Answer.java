package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;

/// What came of a question.
sealed interface Answer {
    /// Quay, or whatever is before it, answered.
    ///
    /// @param location of a redirect; empty = none
    /// @param body a missing node when it is not JSON
    record Given(int status, String location, JsonNode body) implements Answer {
        boolean ok() {
            return status == 200 && body.isObject();
        }

        @Override
        public String show() {
            return Plain.answer(status, body);
        }
    }

    record None(String why) implements Answer {
        @Override
        public String show() {
            return why;
        }
    }

    /// One line for people.
    String show();
}
