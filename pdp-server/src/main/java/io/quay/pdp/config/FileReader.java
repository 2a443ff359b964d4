package io.quay.pdp.config;

import io.quay.pdp.config.Settings.Given;
import io.quay.pdp.config.YamlNode.Items;
import io.quay.pdp.config.YamlNode.Member;
import io.quay.pdp.config.YamlNode.Members;
import io.quay.pdp.config.YamlNode.Nothing;
import io.quay.pdp.config.YamlNode.Scalar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Takes the settings out of the tree of a file, and refuses keys that the table does not have.
final class FileReader {
    private static final String PEPS = "peps";

    private final Path base;
    private final List<String> errors;

    FileReader(Path base, List<String> errors) {
        this.base = base;
        this.errors = errors;
    }

    /// Puts what the file says into the settings; the callers, being a list, are returned.
    List<Config.Pep> read(YamlNode root, Settings settings) {
        List<Config.Pep> peps = new ArrayList<>();
        switch (root) {
            case Nothing _ -> {}
            case Members(List<Member> members, _) -> {
                for (Member member : members) {
                    if (member.key().equals(PEPS)) {
                        peps.addAll(peps(member));
                    } else {
                        member("", member, settings);
                    }
                }
            }
            case Scalar _, Items _ -> error(root.where(), "the file must be a mapping of sections");
        }
        return peps;
    }

    private void member(String section, Member member, Settings settings) {
        String path = section + member.key();
        Optional<ConfigKey<?>> key =
                ConfigKeys.ALL.stream().filter(each -> each.path().equals(path)).findFirst();
        if (key.isPresent()) {
            value(key.get(), member, settings);
        } else if (ConfigKeys.ALL.stream().anyMatch(each -> each.path().startsWith(path + "."))) {
            section(path + ".", member, settings);
        } else {
            error(member.where(), "unknown key `" + path + "`" + hint(section, member.key()));
        }
    }

    private void section(String path, Member member, Settings settings) {
        switch (member.value()) {
            case Nothing _ -> {}
            case Members(List<Member> members, _) ->
                    members.forEach(each -> member(path, each, settings));
            case Scalar _, Items _ ->
                    error(
                            member.where(),
                            "`%s` must be a mapping with the keys %s"
                                    .formatted(member.key(), quoted(known(path))));
        }
    }

    private void value(ConfigKey<?> key, Member member, Settings settings) {
        boolean list = key.type().list();
        switch (member.value()) {
            case Scalar(String text, String where) when !list ->
                    settings.put(key, new Given(text, base, where));
            case Items(List<YamlNode> items, String where)
                    when list && items.stream().allMatch(Scalar.class::isInstance) ->
                    settings.put(key, new Given(joined(items), base, where));
            case Nothing _ -> error(member.where(), key.path() + ": no value");
            case Scalar _, Items _, Members _ ->
                    error(
                            member.where(),
                            key.path()
                                    + (list ? ": must be a list of texts" : ": must be one value"));
        }
    }

    private static String joined(List<YamlNode> items) {
        return items.stream()
                .map(item -> item instanceof Scalar(String text, _) ? text : "")
                .collect(Collectors.joining(","));
    }

    private List<Config.Pep> peps(Member member) {
        List<Config.Pep> peps = new ArrayList<>();
        switch (member.value()) {
            case Nothing _ -> {}
            case Items(List<YamlNode> items, _) -> {
                PepReader reader = new PepReader(errors);
                items.forEach(item -> reader.read(item.where(), pep(item)).ifPresent(peps::add));
            }
            case Scalar _, Members _ -> error(member.where(), "`peps` must be a list");
        }
        return peps;
    }

    private Settings pep(YamlNode item) {
        Settings settings = new Settings(errors);
        switch (item) {
            case Members(List<Member> members, _) ->
                    members.forEach(member -> member(PEPS + "[].", member, settings));
            case Scalar _, Items _, Nothing _ -> error(item.where(), "a caller must be a mapping");
        }
        return settings;
    }

    private static String hint(String section, String key) {
        return Spelling.hint(key, known(section));
    }

    /// The names that may stand in a section, `` for the top.
    private static List<String> known(String section) {
        return ConfigKeys.ALL.stream()
                .map(ConfigKey::path)
                .filter(path -> path.startsWith(section))
                .map(path -> path.substring(section.length()).replaceFirst("[.\\[].*", ""))
                .distinct()
                .toList();
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    }

    private void error(String where, String message) {
        errors.add(where + ": " + message);
    }
}
