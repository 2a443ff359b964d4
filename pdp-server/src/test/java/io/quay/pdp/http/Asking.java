package io.quay.pdp.http;

/// Requests to `POST /authorize` and `POST /access/v1/evaluation` that are allowed by the policy
/// set `acme`, as the tests vary them.
final class Asking {
    static final String NATIVE =
            """
            {"request": {"method": "POST", "target": "/api/v1/repository",
                         "body": {"namespace": "acme", "repository": "web", "visibility": "private"},
                         "source_ip": "10.2.3.4"},
             "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
            """;
    static final String AUTHZEN =
            """
            {"subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"},
             "action": {"name": "createRepo"},
             "resource": {"type": "Quay::Organization", "id": "acme"},
             "context": {"parameters": {"repository": "web"}, "source_ip": "10.2.3.4"}}
            """;

    private Asking() {}

    /// The native request with another body of the request to Quay.
    static String withBody(String body) {
        return """
        {"request": {"method": "POST", "target": "/api/v1/repository", "body": %s},
         "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
        """
                .formatted(body);
    }

    static String read(String target) {
        return """
        {"request": {"method": "GET", "target": "%s"},
         "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
        """
                .formatted(target);
    }
}
