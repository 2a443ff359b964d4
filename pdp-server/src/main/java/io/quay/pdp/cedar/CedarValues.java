package io.quay.pdp.cedar;

import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.DateTime;
import com.cedarpolicy.value.EntityIdentifier;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.IpAddress;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.identity.EntityRef;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Our values as the binding's.
final class CedarValues {
    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private CedarValues() {}

    static EntityUID uid(EntityRef ref) {
        EntityTypeName type =
                EntityTypeName.parse(ref.type())
                        .orElseThrow(() -> new CedarException("not an entity type: " + ref.type()));
        return new EntityUID(type, new EntityIdentifier(ref.id()));
    }

    static Entity entity(EntityData data) {
        Set<EntityUID> parents = new HashSet<>();
        data.parents().forEach(parent -> parents.add(uid(parent)));
        return new Entity(uid(data.ref()), map(data.attributes()), parents, map(data.tags()));
    }

    static Map<String, Value> map(Map<String, io.quay.pdp.identity.Value> values) {
        Map<String, Value> mapped = new HashMap<>();
        values.forEach((name, value) -> mapped.put(name, value(value)));
        return mapped;
    }

    private static Value value(io.quay.pdp.identity.Value value) {
        return switch (value) {
            case io.quay.pdp.identity.Value.Text(String text) -> new PrimString(text);
            case io.quay.pdp.identity.Value.Bool(boolean flag) -> new PrimBool(flag);
            case io.quay.pdp.identity.Value.Whole(long number) -> new PrimLong(number);
            case io.quay.pdp.identity.Value.Entity(EntityRef ref) -> uid(ref);
            case io.quay.pdp.identity.Value.Address(String address) -> new IpAddress(address);
            case io.quay.pdp.identity.Value.Moment(var instant) ->
                    new DateTime(MILLIS.format(instant));
            case io.quay.pdp.identity.Value.Unfit _ ->
                    throw new IllegalStateException("no value of Cedar's");
            case io.quay.pdp.identity.Value.Many(var values) -> {
                CedarList list = new CedarList();
                values.forEach(element -> list.add(value(element)));
                yield list;
            }
            case io.quay.pdp.identity.Value.Fields(var fields) -> {
                CedarMap record = new CedarMap();
                fields.forEach((name, member) -> record.put(name, value(member)));
                yield record;
            }
        };
    }
}
