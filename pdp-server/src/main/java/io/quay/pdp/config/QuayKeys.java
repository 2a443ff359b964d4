package io.quay.pdp.config;

import static io.quay.pdp.config.ConfigKeys.key;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The keys of the section `quay`.
final class QuayKeys {
    static final ConfigKey<URI> BASE_URL =
            key(
                    "quay.base_url",
                    ValueType.BASE_URL,
                    null,
                    "",
                    "where Quay is reached, by this server and by the gateway");
    static final ConfigKey<URI> ISSUER =
            key(
                    "quay.issuer",
                    ValueType.BASE_URL,
                    null,
                    "",
                    "issuer of tokens for Quay, under which Quay finds our keys; without it"
                            + " `server.issuer` and `/quay`");
    static final ConfigKey<String> AUDIENCE =
            key(
                    "quay.audience",
                    ValueType.NAME,
                    null,
                    "",
                    "the `CLIENT_ID` of Quay's login block for us; without it no tokens for Quay are"
                            + " made");
    static final ConfigKey<String> SERVICE =
            key(
                    "quay.service",
                    ValueType.NAME,
                    "pdp",
                    "",
                    "what Quay calls that login block: its key up to the first `_`, in lower case");
    static final ConfigKey<Config.Execute> EXECUTE =
            key(
                    "quay.execute",
                    ValueType.choice(Config.Execute.class),
                    "sso_jwt",
                    "",
                    "how Quay executes an allowed call: as the account itself, with one OAuth token,"
                            + " or with short-lived tokens of an organization's application");
    static final ConfigKey<Config.Rights> RIGHTS =
            key(
                    "quay.rights",
                    ValueType.choice(Config.Rights.class),
                    "own",
                    "",
                    "with `sso_jwt`, what the accounts' users may do in Quay: what they were given;"
                            + " what a team gives that they are put into; or, for the accounts of"
                            + " `quay.superusers`, everything");
    static final ConfigKey<Duration> TOKEN_LIFETIME =
            key(
                    "quay.token_lifetime",
                    ValueType.DURATION,
                    "PT60S",
                    "",
                    "how long tokens live with which calls are executed, PT30S to PT5M; each is"
                            + " reused until shortly before");
    static final ConfigKey<Path> CREDENTIAL_FILE =
            key(
                    "quay.credential_file",
                    ValueType.PATH,
                    null,
                    "",
                    "file with an OAuth token of Quay, bare or as Quay's bootstrap writes it; read"
                            + " again when it changes. With `rights: enrol` it is a superuser's");
    static final ConfigKey<Boolean> RENEW =
            key(
                    "quay.renew",
                    ValueType.BOOL,
                    "false",
                    "",
                    "whether that token is Quay's bootstrap token and is renewed at half of its hour");
    static final ConfigKey<String> ENROL_TEAM =
            key(
                    "quay.enrol_team.name",
                    ValueType.TEAM,
                    "pdp",
                    "",
                    "with `rights: enrol`, the team that is made in an organization, 2 to 40 lower-case"
                            + " letters and digits");
    static final ConfigKey<Config.TeamRole> ENROL_ROLE =
            key(
                    "quay.enrol_team.role",
                    ValueType.choice(Config.TeamRole.class),
                    "creator",
                    "",
                    "what that team may do in its organization");
    static final ConfigKey<List<String>> SUPERUSERS =
            key(
                    "quay.superusers",
                    ValueType.ACCOUNTS,
                    "",
                    "",
                    "names that the API gives to no account, for those of Quay's `SUPER_USERS`; with"
                            + " `rights: superuser`, the accounts of these names that"
                            + " `accounts.yaml` declares may be superusers of Quay");
    static final ConfigKey<String> APPLICATION_ORGANIZATION =
            key(
                    "quay.application.organization",
                    ValueType.NAME,
                    null,
                    "",
                    "the organization of the application whose tokens execute calls; out of reach"
                            + " through the gateway");
    static final ConfigKey<String> APPLICATION_CLIENT =
            key(
                    "quay.application.client_id",
                    ValueType.NAME,
                    null,
                    "",
                    "with `application_token`, that application's client id");
    static final ConfigKey<List<String>> APPLICATION_SCOPES =
            key(
                    "quay.application.scopes",
                    ValueType.NAMES_OF_SCOPES,
                    "org:admin, repo:admin, repo:create, repo:read, repo:write",
                    "",
                    "with `application_token`, Quay's scopes of the tokens");
    static final ConfigKey<Boolean> EXTENDED_NAMES =
            key(
                    "quay.extended_repository_names",
                    ValueType.BOOL,
                    "true",
                    "",
                    "whether this Quay takes repository names with slashes, as"
                            + " `FEATURE_EXTENDED_REPOSITORY_NAMES`; without effect yet");
    static final ConfigKey<String> VERSION =
            key(
                    "quay.version",
                    ValueType.NAME,
                    null,
                    "",
                    "the version of this Quay, for reports; without effect yet");
    static final ConfigKey<Path> CA_FILE =
            key(
                    "quay.ca_file",
                    ValueType.PATH,
                    null,
                    "",
                    "PEM certificates of the CAs that are trusted for Quay; without it the system's");

    static final List<ConfigKey<?>> ALL =
            List.of(
                    BASE_URL,
                    CA_FILE,
                    ISSUER,
                    AUDIENCE,
                    SERVICE,
                    EXECUTE,
                    RIGHTS,
                    TOKEN_LIFETIME,
                    CREDENTIAL_FILE,
                    RENEW,
                    ENROL_TEAM,
                    ENROL_ROLE,
                    SUPERUSERS,
                    APPLICATION_ORGANIZATION,
                    APPLICATION_CLIENT,
                    APPLICATION_SCOPES,
                    EXTENDED_NAMES,
                    VERSION);

    private QuayKeys() {}
}
