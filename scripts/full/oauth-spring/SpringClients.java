// Spring Security's OAuth2 client at the service of oauth.py: reads one JSON command a line from stdin, writes one
// JSON answer a line to stdout: {"value": …} or {"error": {"name", "error", "message"}}.

import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.util.Map;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ClientCredentialsOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.endpoint.DefaultOAuth2TokenRequestHeadersConverter;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

static final JsonMapper JSON = JsonMapper.shared();

void main() {
    for (String line = IO.readln(); line != null; line = IO.readln()) {
        IO.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
    }
}

Map<String, Object> answer(JsonNode command) {
    try {
        return Map.of("value", value(command));
    } catch (OAuth2AuthorizationException e) {
        return error(e, e.getError().getErrorCode());
    } catch (RuntimeException | ParseException e) {
        return error(e, "");
    }
}

Map<String, Object> error(Exception e, String code) {
    return Map.of(
            "error",
            Map.of("name", e.getClass().getSimpleName(), "error", code, "message", String.valueOf(e.getMessage())));
}

Object value(JsonNode command) throws ParseException {
    ClientRegistration registration = registration(command);
    return switch (command.get("do").asString()) {
        case "grant" -> grant(registration, command.get("jwk"));
        case "basic" ->
                new DefaultOAuth2TokenRequestHeadersConverter<OAuth2ClientCredentialsGrantRequest>()
                        .convert(new OAuth2ClientCredentialsGrantRequest(registration))
                        .getFirst("Authorization");
        default -> throw new IllegalArgumentException("no such command: " + command.get("do"));
    };
}

/// As `spring.security.oauth2.client.provider.*.issuer-uri` finds the endpoints.
ClientRegistration registration(JsonNode command) {
    ClientRegistration.Builder builder =
            ClientRegistrations.fromIssuerLocation(command.get("issuer").asString())
                    .registrationId("pdp")
                    .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                    .clientAuthenticationMethod(new ClientAuthenticationMethod(command.get("method").asString()))
                    .clientId(command.get("client_id").asString())
                    .scope(command.path("scope").valueStream().map(JsonNode::asString).toList());
    return command.has("secret") ? builder.clientSecret(command.get("secret").asString()).build() : builder.build();
}

/// @param jwk the private key of `private_key_jwt`; null for the other methods
Map<String, Object> grant(ClientRegistration registration, JsonNode jwk) throws ParseException {
    var client = new RestClientClientCredentialsTokenResponseClient();
    if (jwk != null) {
        JWK key = JWK.parse(jwk.toString());
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(_ -> key));
    }
    var provider = new ClientCredentialsOAuth2AuthorizedClientProvider();
    provider.setAccessTokenResponseClient(client);
    var registrations = new InMemoryClientRegistrationRepository(registration);
    var manager =
            new AuthorizedClientServiceOAuth2AuthorizedClientManager(
                    registrations, new InMemoryOAuth2AuthorizedClientService(registrations));
    manager.setAuthorizedClientProvider(provider);
    OAuth2AccessToken token =
            manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("pdp").principal("job").build())
                    .getAccessToken();
    return Map.of(
            "access_token", token.getTokenValue(),
            "token_type", token.getTokenType().getValue(),
            "scopes", token.getScopes(),
            "seconds", token.getExpiresAt().getEpochSecond() - token.getIssuedAt().getEpochSecond());
}
