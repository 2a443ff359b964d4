package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressClassTest {
    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1.1.1.1                     | PUBLIC
                    9.255.255.255               | PUBLIC
                    11.0.0.0                    | PUBLIC
                    100.63.255.255              | PUBLIC
                    100.128.0.0                 | PUBLIC
                    126.255.255.255             | PUBLIC
                    128.0.0.0                   | PUBLIC
                    169.253.255.255             | PUBLIC
                    169.255.0.0                 | PUBLIC
                    172.15.255.255              | PUBLIC
                    172.32.0.0                  | PUBLIC
                    192.167.255.255             | PUBLIC
                    192.169.0.0                 | PUBLIC
                    223.255.255.255             | PUBLIC
                    2606:4700:4700::1111        | PUBLIC
                    2a00:1450:4001:830::200e    | PUBLIC
                    64:ff9b::1.1.1.1            | PUBLIC
                    127.0.0.1                   | PRIVATE
                    127.255.255.255             | PRIVATE
                    10.0.0.0                    | PRIVATE
                    10.255.255.255              | PRIVATE
                    172.16.0.0                  | PRIVATE
                    172.31.255.255              | PRIVATE
                    192.168.0.1                 | PRIVATE
                    100.64.0.0                  | PRIVATE
                    100.127.255.255             | PRIVATE
                    ::1                         | PRIVATE
                    fc00::1                     | PRIVATE
                    fdff:ffff::1                | PRIVATE
                    ::ffff:127.0.0.1            | PRIVATE
                    ::ffff:10.0.0.1             | PRIVATE
                    64:ff9b::7f00:1             | PRIVATE
                    64:ff9b::10.1.2.3           | PRIVATE
                    64:ff9b::100.64.0.1         | PRIVATE
                    0.0.0.0                     | FORBIDDEN
                    0.1.2.3                     | FORBIDDEN
                    169.254.0.1                 | FORBIDDEN
                    169.254.169.254             | FORBIDDEN
                    169.254.170.2               | FORBIDDEN
                    100.100.100.200             | FORBIDDEN
                    168.63.129.16               | FORBIDDEN
                    192.0.0.192                 | FORBIDDEN
                    192.0.2.1                   | FORBIDDEN
                    192.88.99.1                 | FORBIDDEN
                    198.18.0.1                  | FORBIDDEN
                    198.51.100.1                | FORBIDDEN
                    203.0.113.1                 | FORBIDDEN
                    224.0.0.1                   | FORBIDDEN
                    239.255.255.255             | FORBIDDEN
                    240.0.0.1                   | FORBIDDEN
                    255.255.255.255             | FORBIDDEN
                    ::                          | FORBIDDEN
                    ::10.0.0.1                  | FORBIDDEN
                    ::ffff:0.0.0.0              | FORBIDDEN
                    ::ffff:169.254.169.254      | FORBIDDEN
                    64:ff9b::a9fe:a9fe          | FORBIDDEN
                    64:ff9b::0.0.0.0            | FORBIDDEN
                    64:ff9b:1::a00:1            | FORBIDDEN
                    100::1                      | FORBIDDEN
                    2001::1                     | FORBIDDEN
                    2001:db8::1                 | FORBIDDEN
                    2002:a00:1::                | FORBIDDEN
                    2002:a9fe:a9fe::1           | FORBIDDEN
                    2002:101:101::1             | FORBIDDEN
                    3fff::1                     | FORBIDDEN
                    fd00:ec2::254               | FORBIDDEN
                    fd20:ce::254                | FORBIDDEN
                    fe80::1                     | FORBIDDEN
                    fe80::a9fe:a9fe             | FORBIDDEN
                    febf::1                     | FORBIDDEN
                    fec0::1                     | FORBIDDEN
                    ff02::1                     | FORBIDDEN
                    ff0e::1                     | FORBIDDEN
                    4000::1                     | FORBIDDEN
                    """)
    void classOf(String address, AddressClass expected) {
        assertThat(AddressClass.of(InetAddress.ofLiteral(address))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "127.0.0.1, PRIVATE",
        "127.1, PRIVATE",
        "0x7f.0.0.1, PRIVATE",
        "2130706433, PRIVATE",
        "localhost, PRIVATE",
        "LOCALHOST, PRIVATE",
        "id.localhost, PRIVATE",
        "[::1], PRIVATE",
        "[::ffff:169.254.169.254], FORBIDDEN",
        "[fe80::1], FORBIDDEN",
        "0251.254.169.254, FORBIDDEN",
        "1.1.1.1, PUBLIC",
        "id.example.com,",
        "localhost.example.com,",
        "[::zz],",
    })
    void classOfHost(String host, @Nullable AddressClass expected) {
        assertThat(AddressClass.ofHost(host)).isEqualTo(Optional.ofNullable(expected));
    }

    /// Java makes an IPv4 address of one that is written as mapped, but can be handed the other.
    @Test
    void ipv4InsideOfAMappedIpv6AddressIsSeen() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(InetAddress.ofLiteral("169.254.169.254").getAddress(), 0, mapped, 12, 4);
        Inet6Address address = Inet6Address.getByAddress(null, mapped, -1);
        assertThat(address.getAddress()).hasSize(16);
        assertThat(AddressClass.of(address)).isEqualTo(AddressClass.FORBIDDEN);
    }

    @Test
    void linkLocalAddressOfAnInterfaceIsForbidden() throws UnknownHostException {
        byte[] bytes = InetAddress.ofLiteral("fe80::1").getAddress();
        assertThat(AddressClass.of(Inet6Address.getByAddress(null, bytes, 1)))
                .isEqualTo(AddressClass.FORBIDDEN);
    }
}
