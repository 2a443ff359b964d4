package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.jose.StrictJson.MalformedException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    private static void refused(String text) {
        assertThatThrownBy(() -> StrictJson.object(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "1",
                "[]",
                "\"a\"",
                "{",
                "{}{}",
                "{} x",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":[1,]}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":NaN}",
                "{\"a\":1e999}",
                "{\"a\":TRUE}",
                "/**/{}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"\\x41\"}",
                "{\"a\":\"\\ud800\"}",
                "{\"\\udc00\":1}",
                "\uFEFF{}",
                "{\"a\":1,\"a\":1}",
                "{\"a\":{\"b\":1,\"b\":2}}",
                "{\"a\":[{\"b\":1,\"b\":2}]}",
                "{\"\\u0061\":1,\"a\":2}"
            })
    void whatHasNoSingleReadingIsRefused(String text) {
        refused(text);
    }

    @Test
    void invalidUtf8IsRefused() {
        for (byte[] bad :
                new byte[][] {
                    {(byte) 0xff},
                    {(byte) 0xc0, (byte) 0x80},
                    {(byte) 0xed, (byte) 0xa0, (byte) 0x80}
                }) {
            byte[] text = new byte[bad.length + 8];
            System.arraycopy("{\"a\":\"".getBytes(StandardCharsets.US_ASCII), 0, text, 0, 6);
            System.arraycopy(bad, 0, text, 6, bad.length);
            System.arraycopy("\"}".getBytes(StandardCharsets.US_ASCII), 0, text, 6 + bad.length, 2);
            assertThatThrownBy(() -> StrictJson.object(text))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void twentyThousandLevelsAreRefused() {
        refused("{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}");
        refused("{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000));
    }

    @Test
    void integersAreNeverWrappedAround() throws MalformedException {
        var object =
                StrictJson.object(
                        "{\"a\":9223372036854775807,\"b\":9223372036854775808,\"c\":1.0,\"d\":\"💥\",\"e\":null}"
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(object)
                .containsEntry("a", Long.MAX_VALUE)
                .containsEntry("b", 0x1p63)
                .containsEntry("c", 1.0)
                .containsEntry("d", "💥")
                .containsEntry("e", null);
    }
}
