package io.quay.pdp.quay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Chooses the parameters of a row that policies may see.
///
/// @param secrets names that never leave the mapper
/// @param primary names whose values form the resource
record VisibleParameters(Set<String> secrets, Set<String> primary) {

    List<Parameter> read(
            RowFields row,
            PathTemplate template,
            Map<String, Parameter.Type> query,
            Map<String, MemberType> body) {
        List<Parameter> visible = new ArrayList<>();
        List<String> inPath = template.parameters();
        for (String name : inPath) {
            if (!secrets.contains(name) && !primary.contains(name)) {
                visible.add(new Parameter(name, name, Parameter.Place.PATH, Parameter.Type.STRING));
            }
        }
        query.forEach((name, type) -> {
            if (!secrets.contains(name)) {
                visible.add(new Parameter(name, name, Parameter.Place.QUERY, type));
            }
        });
        boolean primaryInPath = inPath.stream().anyMatch(primary::contains);
        body.forEach((wire, type) -> {
            if (query.containsKey(wire)) {
                throw row.error("body_params", wire + " is a query parameter, too");
            }
            // changeOrganization has the old name in the path and the new one in the body
            String name = inPath.contains(wire) ? "new_" + wire : wire;
            boolean hidden = secrets.contains(wire) || (!primaryInPath && primary.contains(wire));
            if (!hidden) {
                type.parameterType()
                        .map(t -> new Parameter(name, wire, Parameter.Place.BODY, t))
                        .ifPresent(visible::add);
            }
        });
        return visible;
    }
}
