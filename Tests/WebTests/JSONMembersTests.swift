import Foundation
import Testing

@testable import Web

struct JSONMembersTests {
    private static let object =
        #"{"a":{"b":[1,{"c":"},\"]"}]},"list":[],"m":"x,\\\"y","n":null,"z":-1.5e3}"#

    private static func cut(_ choice: JSONMembers.Choice) -> String {
        var text: [UInt8] = []
        Array(object.utf8).withUnsafeBytes { JSONMembers(choice: choice).write($0, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func membersAreKeptAsTheyAre() {
        #expect(Self.cut(.all) == Self.object)
        #expect(Self.cut(.only(["a", "z"])) == #"{"a":{"b":[1,{"c":"},\"]"}]},"z":-1.5e3}"#)
        #expect(Self.cut(.but(["a", "z"])) == #"{"list":[],"m":"x,\\\"y","n":null}"#)
        #expect(Self.cut(.only(["nothing"])) == "{}")
    }
}
