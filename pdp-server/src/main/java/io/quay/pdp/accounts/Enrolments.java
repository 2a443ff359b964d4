package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The port to what this server made in Quay for its accounts. Each change and its event are one
/// transaction. Implementations are safe for use by any number of threads; all methods throw
/// [Store.StorageException].
public interface Enrolments {
    Optional<Enrolment> find(String accountId, String organization);

    List<Enrolment> all();

    Optional<Enrolment.Team> team(String organization);

    List<Enrolment.User> users();

    /// Puts it in the place of what is kept of it.
    ///
    /// @param event null = nothing that anybody needs to know
    void keep(Enrolment enrolment, @Nullable Event event);

    void keep(Enrolment.Team team, @Nullable Event event);

    void keep(Enrolment.User user, @Nullable Event event);

    /// Forgets an enrolment and, when it is given, the team.
    void remove(Enrolment enrolment, Enrolment.@Nullable Team team, @Nullable Event event);

    void remove(Enrolment.User user, @Nullable Event event);
}
