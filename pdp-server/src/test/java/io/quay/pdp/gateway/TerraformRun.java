package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What Terraform's provider for Quay sends, line by line as a real run was seen to, with fifty
/// repositories and up to ten calls at the same time.
///
/// @param whole whether the organization and its robot are Terraform's as well
record TerraformRun(StoryBed bed, String token, String organization, boolean whole) {
    static final int REPOSITORIES = 50;
    private static final int PARALLEL = 10;

    void apply() {
        if (whole) {
            String named = "{\"name\": \"" + organization + "\", \"email\": \"o@example.com\"}";
            call("POST", "/api/v1/organization/", named, 201);
        }
        call("GET", home(), null, 200);
        eachRepository(number -> {
            call(
                    "POST",
                    "/api/v1/repository",
                    "{\"namespace\": \""
                            + organization
                            + "\", \"repository\": \"app"
                            + number
                            + "\", \"visibility\": \"private\", \"description\": \"\"}",
                    201);
            call("GET", repository(number), null, 200);
        });
        call("PUT", home() + "/team/devs", "{\"role\": \"member\"}", 200);
        if (whole) {
            call("PUT", home() + "/robots/bot", "{\"description\": \"\"}", 201);
            call("GET", home() + "/robots/bot", null, 200);
        }
        call("PUT", home() + "/team/devs/members/" + organization + "+bot", "{}", 200);
        call("GET", home() + "/team/devs/members", null, 200);
        call("PUT", permission(0), "{\"role\": \"write\"}", 200);
        call("GET", permission(0), null, 200);
    }

    /// Reads everything again.
    void plan() {
        call("GET", home(), null, 200);
        eachRepository(number -> call("GET", repository(number), null, 200));
        call("GET", home() + "/team/devs/members", null, 200);
        call("GET", permission(0), null, 200);
    }

    void update() {
        eachRepository(
                number -> call("PUT", repository(number), "{\"description\": \"changed\"}", 200));
    }

    /// @return what Quay's action log says, right before the organization itself goes
    List<String> destroy() {
        call("DELETE", permission(0), null, 204);
        eachRepository(number -> call("DELETE", repository(number), null, 204));
        if (whole) {
            call("DELETE", home() + "/robots/bot", null, 204);
        }
        call("DELETE", home() + "/team/devs", null, 204);
        List<String> log = bed.quay.log(organization);
        if (whole) {
            call("DELETE", home(), null, 204);
        }
        return log;
    }

    private String home() {
        return "/api/v1/organization/" + organization;
    }

    private String repository(int number) {
        return "/api/v1/repository/" + organization + "%2Fapp" + number;
    }

    private String permission(int number) {
        return repository(number) + "/permissions/team/devs";
    }

    private void call(String method, String target, @Nullable String body, int status) {
        TestServer.Answer answer = bed.call(token, method, target, body);
        assertThat(answer.status())
                .as("%s %s: %s", method, target, answer.body())
                .isEqualTo(status);
    }

    private interface Step {
        void take(int number);
    }

    private static void eachRepository(Step step) {
        try (ExecutorService ten = Executors.newFixedThreadPool(PARALLEL)) {
            List<? extends Future<?>> all =
                    IntStream.range(0, REPOSITORIES)
                            .mapToObj(number -> ten.submit(() -> step.take(number)))
                            .toList();
            for (Future<?> each : all) {
                each.get();
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
