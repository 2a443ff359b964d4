package io.quay.pdp.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Quay of a story, with organizations `acme` (image `nightly:v0.1`) and `payroll`
/// (`slips:v1`), both made by the superuser quayadmin, and [StoryBed#AUDITOR] as another one. The
/// stand-in or a real one.
interface StoryQuay extends AutoCloseable {
    /// A client's request that Quay has answered.
    ///
    /// @param line method and target
    /// @param user who it was for Quay; null = that is not shown
    record Executed(String line, int status, @Nullable String user) {}

    String url();

    /// An OAuth token of the superuser quayadmin, with all scopes.
    String administrator();

    /// Where our server has to listen; 0 = anywhere.
    int issuerPort();

    /// The accounts, which keep their ids where users of Quay outlive a story, are put into a
    /// server's directory before it starts.
    void sameAccounts(Path directory) throws IOException;

    /// Before the first call.
    void trust(String issuer);

    /// A name for an organization that none has or had: Quay keeps those of deleted ones for a
    /// while.
    String unused(String name);

    /// Makes an organization with an application, and answers its client id.
    String application(String organization);

    /// The names of an application's tokens.
    List<String> tokensOf(String organization, String client);

    /// What the action log of an organization said since the story began: kind and performer.
    List<String> log(String organization);

    /// What clients had executed, without the gateway's own questions.
    List<Executed> executed();

    /// How many requests came through the gateway or from it.
    int requests();

    /// How often our keys were fetched; null = that is not shown.
    @Nullable Integer fetches();

    /// What a superuser does at Quay itself, past the gateway.
    int people(String method, String path, @Nullable String body);

    @Override
    void close();
}
