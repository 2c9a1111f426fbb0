#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Hosts that a registered endpoint may never name: a server that fetches from them on someone's behalf gives away
/// credentials of the machine it runs on.
enum ForbiddenHost {
    /// Why a host is refused; nil when it may be used.
    static func reason(_ host: String) -> String? {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if metadataNames.contains(name) { return "it is a cloud provider's metadata service" }
        if let address = ipv4(name) { return reason(ipv4: address) }
        guard let bytes = ipv6(name) else { return nil }
        let ends = bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let leading = bytes.prefix(12)
        let isMapped = leading.prefix(10).allSatisfy { $0 == 0 } && leading.suffix(2).allSatisfy { $0 == 0xff }
        let isTranslated = leading.elementsEqual([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isTranslated || leading.allSatisfy({ $0 == 0 }) && ends > 1 { return reason(ipv4: ends) }
        if bytes[0] == 0xfe, bytes[1] & 0xc0 == 0x80 { return "it is a link-local address" }
        if bytes == [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54] {
            return "it is a cloud provider's metadata service"
        }
        return nil
    }

    /// An IPv4 address in every spelling that a resolver takes: dotted, shortened, decimal, octal, hexadecimal.
    static func ipv4(_ host: String) -> UInt32? {
        var address = in_addr()
        guard host.first?.isNumber == true, inet_aton(host, &address) != 0 else { return nil }
        return UInt32(bigEndian: address.s_addr)
    }

    private static let metadataNames: Set<String> = [
        "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
    ]

    private static func reason(ipv4 address: UInt32) -> String? {
        switch address {
        case 0xa9fe_a9fe, 0x6464_64c8, 0xa83f_8110:  // 169.254.169.254, 100.100.100.200, 168.63.129.16
            "it is a cloud provider's metadata service"
        case 0xa9fe_0000...0xa9fe_ffff: "it is a link-local address"
        default: nil
        }
    }

    private static func ipv6(_ host: String) -> [UInt8]? {
        let plain = host.prefix { $0 != "%" }  // a zone may follow
        guard plain.contains(":") else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, String(plain), &bytes) == 1 ? bytes : nil
    }
}
