import Streaming
import Testing

struct JSONPlaceTests {
    private let json = Array(#"{"a": [1, {"b\u0063": "x"} , [ ]], "a": 2, "é": {"": null}}"#.utf8)

    @Test(
        arguments: [
            ([], #"{"a": [1, {"b\u0063": "x"} , [ ]], "a": 2, "é": {"": null}}"#, 0, nil),
            ([.key("a")], #"[1, {"b\u0063": "x"} , [ ]]"#, 1, #""a""#),
            ([.key("a"), .index(1)], #"{"b\u0063": "x"}"#, 2, nil),
            ([.key("a"), .index(1), .key("bc")], #""x""#, 3, #""b\u0063""#),
            ([.key("a"), .index(2), .index(0)], "[ ]", 2, nil),
            ([.key("a"), .key("b")], #"[1, {"b\u0063": "x"} , [ ]]"#, 1, #""a""#),
            ([.key("é"), .key("")], "null", 2, #""""#),
            ([.key("missing")], #"{"a": [1, {"b\u0063": "x"} , [ ]], "a": 2, "é": {"": null}}"#, 0, nil),
        ] as [([JSONStep], String, Int, String?)])
    func theStepsLeadToTheValueOrTheNearestAroundIt(path: [JSONStep], value: String, steps: Int, key: String?) throws {
        let found = place(of: path, inJSON: json)
        let place = try #require(found)

        #expect(String(decoding: json[place.value], as: UTF8.self) == value)
        #expect(place.steps == steps)
        #expect((place.key != nil) == (key != nil))
        if let start = place.key, let key { #expect(json[start...].starts(with: key.utf8)) }
    }

    @Test func whatIsNoJSONHasNoPlaces() {
        #expect(place(of: [.key("b")], inJSON: Array(#"{"a": }"#.utf8)) == nil)
        #expect(place(of: [], inJSON: []) == nil)
    }
}
