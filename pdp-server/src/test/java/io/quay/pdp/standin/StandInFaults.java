package io.quay.pdp.standin;

import java.util.ArrayList;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// What is wrong with a stand-in, or with what is before it.
public final class StandInFaults {
    /// A token of its issuer that it takes although Quay must refuse it.
    public enum Lenience {
        /// Its signature is wrong.
        SIGNATURE,
        /// Its key is unknown.
        KEY,
        EXPIRY,
        AUDIENCE,
        ISSUER,
        /// Its algorithm is `none`.
        UNSIGNED,
        /// Its MAC's secret is the public key.
        PUBLIC_KEY
    }

    private final StandInState state;
    private final StandInSettings settings;
    private final StandInAccess access;
    private final Consumer<Runnable> locked;

    StandInFaults(
            StandInState state,
            StandInSettings settings,
            StandInAccess access,
            Consumer<Runnable> locked) {
        this.state = state;
        this.settings = settings;
        this.access = access;
        this.locked = locked;
    }

    /// As a key of `config.yaml`, for what it says of itself.
    public void set(String key, Object value) {
        locked.accept(() -> settings.values.put(key, value));
    }

    /// It does not say this of itself.
    public void hide(String key) {
        locked.accept(() -> settings.values.remove(key));
    }

    /// As a `…_LOGIN_CONFIG`; an empty client id removes it.
    public void loginService(String id, String clientId) {
        locked.accept(() -> {
            if (clientId.isEmpty()) {
                settings.logins.remove(id);
            } else {
                settings.logins.put(id, clientId);
            }
        });
    }

    /// It says that this is the one login of a user, whatever it took the user's token for.
    public void showLogin(String user, String service, String subject) {
        locked.accept(() -> state.shown.put(user, Map.of(service, subject)));
    }

    /// Somebody makes a team just before the next that is made of that name.
    public void teamMeanwhile(String organization, String team, String role, String description) {
        locked.accept(() ->
                state.meanwhile.put(
                        organization + "/" + team, new StandInState.Team(role, description)));
    }

    /// An operation that its discovery has.
    public void operation(String method, String template) {
        locked.accept(() ->
                settings.operations.computeIfAbsent(template, _ -> new ArrayList<>()).add(method));
    }

    /// From now on it takes such tokens.
    public void take(Lenience lenience) {
        locked.accept(() -> access.lenient.add(lenience));
    }

    /// The same, but only one of so many such tokens.
    public void takeOneOf(int many, Lenience lenience) {
        locked.accept(() -> {
            access.lenient.add(lenience);
            access.oneOf = many;
        });
    }

    /// From now on something before it answers such requests.
    ///
    /// @param target path and query as they came
    /// @param location empty = none
    public void before(Predicate<String> target, int status, String location) {
        locked.accept(() -> settings.rules.add(new StandInSettings.Rule(target, status, location)));
    }
}
