import Testing

@testable import Fleet

struct NATSAddressTests {
    @Test func serversAreReadAndPasswordsNeverRepeated() throws {
        let address = try NATSAddress("nats://a:4222, tls://user:secret@b:4222")

        #expect(address.servers == ["nats://a:4222", "tls://user:secret@b:4222"])
        #expect(address.text == "nats://a:4222, tls://b:4222")
    }

    @Test(arguments: [("", "''"), ("nats://a,", "''"), ("http://u:secret@x", "'http://x'"), ("a:4222", "'a:4222'")])
    func whatIsNoServerIsRefused(text: String, named: String) throws {
        let refusal = #expect(throws: FleetError.self) { try NATSAddress(text) }
        #expect("\(try #require(refusal))".hasPrefix("\(named) is no address of a NATS server: "))
    }

    @Test func aMissingLibraryIsNamedWithWhatToInstall() throws {
        let refusal = #expect(throws: FleetError.self) { try NATSLibrary(["libnowhere.so"]) }
        #expect("\(try #require(refusal))".contains("apt-get install libnats-dev"))
        // One that is no NATS library.
        let other = #expect(throws: FleetError.self) { try NATSLibrary(["libc.so.6", "libSystem.dylib"]) }
        #expect("\(try #require(other))".contains("lacks natsOptions_Create"))
    }
}
