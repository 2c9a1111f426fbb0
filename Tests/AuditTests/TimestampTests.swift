import Audit
import Testing

struct TimestampTests {
    static let moments: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_709_164_799_123_456_789, "2024-02-28T23:59:59.123456789Z"),
        (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000000000Z"),
        (.max, "2262-04-11T23:47:16.854775807Z"),
        (.min, "1677-09-21T00:12:43.145224192Z"),
    ]

    @Test(arguments: moments)
    func isWrittenAndReadToTheNanosecond(nanoseconds: Int64, text: String) {
        #expect(Timestamp.text(of: nanoseconds) == text)
        #expect(Timestamp.nanoseconds(of: text) == nanoseconds)
    }

    @Test func otherWaysToWriteItAreRead() {
        #expect(Timestamp.nanoseconds(of: "1970-01-01T00:00:01Z") == 1_000_000_000)
        #expect(Timestamp.nanoseconds(of: "1970-01-01 00:00:01.5z") == 1_500_000_000)
        #expect(Timestamp.nanoseconds(of: "1970-01-01t01:00:00+01:00") == 0)
        #expect(Timestamp.nanoseconds(of: "1969-12-31T23:30:00-00:30") == 0)
        #expect(Timestamp.nanoseconds(of: "1970-01-01T00:00:00.1234567899Z") == 123_456_789)
    }

    @Test(arguments: [
        "", "now", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00", "1970-1-01T00:00:00Z", "70-01-01T00:00:00Z",
        "1970-01-01T00:00:00Zx", " 1970-01-01T00:00:00Z", "2262-04-11T23:47:16.854775808Z", "0001-01-01T00:00:00Z",
    ])
    func whatIsNoMomentIsNotRead(text: String) {
        #expect(Timestamp.nanoseconds(of: text) == nil)
    }
}
