import Foundation
import Testing

@testable import Events

struct EventIDTests {
    @Test func newIDsAreUUIDv7AndAscend() {
        let ids = (0..<10_000).map { _ in EventID.make() }

        for (before, after) in zip(ids, ids.dropFirst()) { #expect(before < after) }
        for id in ids {
            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 0b10)
        }
        let milliseconds = Double(ids[0].high >> 16)
        #expect(abs(milliseconds / 1000 - Date().timeIntervalSince1970) < 60)
    }

    @Test func manyThreadsNeverMakeTheSameID() async {
        let ids = await withTaskGroup(of: [EventID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in EventID.make() } } }
            return await group.reduce(into: Set<EventID>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 40_000)
    }

    @Test func theTextFormIsReadBack() {
        let id = EventID(high: 0x018F_3A5E_7D4C_7A1B, low: 0x0C2D_3E4F_5A6B_7C8D)
        #expect(id.description == "018f3a5e-7d4c-7a1b-0c2d-3e4f5a6b7c8d")
        #expect(EventID(id.description) == id)
        #expect(EventID(id.description.uppercased()) == id)
        #expect(
            id.bytes == [
                0x01, 0x8F, 0x3A, 0x5E, 0x7D, 0x4C, 0x7A, 0x1B, 0x0C, 0x2D, 0x3E, 0x4F, 0x5A, 0x6B, 0x7C, 0x8D,
            ])
    }

    @Test(arguments: [
        "", "018f3a5e", "018f3a5e7d4c7a1b0c2d3e4f5a6b7c8d", "018f3a5e-7d4c-7a1b-0c2d-3e4f5a6b7c8g",
        "+18f3a5e-7d4c-7a1b-0c2d-3e4f5a6b7c8d",
    ])
    func otherTextIsRefused(text: String) {
        #expect(EventID(text) == nil)
    }

    /// RFC 9562, appendix A.4: the name space of DNS and www.example.com.
    @Test func namesGiveTheUUIDOfTheRFC() {
        let dns = EventID(high: 0x6BA7_B810_9DAD_11D1, low: 0x80B4_00C0_4FD4_30C8)
        #expect(EventID(name: "www.example.com", namespace: dns).description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    /// Imports made by an earlier version must be recognised for ever.
    @Test func theSameTextGivesTheSameIDForEver() {
        #expect(EventID(deterministicFrom: "run-1/sample-2").description == "202cfe4e-b8ab-501c-ab97-0c923d164c97")
        #expect(EventID(deterministicFrom: "a") != EventID(deterministicFrom: "b"))
    }
}

struct StreamIDTests {
    @Test func streamsAreNamedAfterTheirThing() throws {
        #expect(try StreamID.model("phi-4").name == "model-phi-4")
        #expect(try StreamID.run("42").name == "run-42")
        #expect(StreamID.system.name == "system")
    }

    @Test(arguments: ["", "with space", "tab\t", "zero\0", "ümlaut", String(repeating: "x", count: 201)])
    func otherNamesAreRefusedWithTheReason(name: String) {
        let error = #expect(throws: StreamIDError.self) { _ = try StreamID(name) }
        #expect(error?.description.contains("Could not name a stream") == true)
    }

    @Test func theLongestNameIsTaken() throws {
        #expect(try StreamID(String(repeating: "x", count: 200)).name.utf8.count == 200)
    }
}
