import Testing

@testable import Charts

struct MarkupTests {
    @Test(arguments: [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a & b", "a &amp; b"), ("\" onload=\"x", "&quot; onload=&quot;x"), ("it's", "it&#39;s"),
        ("tab\tand line\n", "tab\tand line\n"), ("\u{0}\u{8}", "\u{FFFD}\u{FFFD}"), ("héllo 🦙", "héllo 🦙"), ("", ""),
    ])
    func whatIsPutInIsShownAsText(text: String, expected: String) {
        let markup: Markup = "<p title=\"\(text)\">\(text)</p>"

        #expect(markup.text == "<p title=\"\(expected)\">\(expected)</p>")
    }

    @Test func markupGoesInUnchangedAndNothingGoesInAsNothing() {
        let inner: Markup = "<b>\("<")</b>"
        let none: Markup? = nil

        let outer: Markup = "\(inner)\([inner, inner])\(none)\(7)\(0.25)"

        #expect(outer.text == "<b>&lt;</b><b>&lt;</b><b>&lt;</b>70.3")
        #expect(([inner, inner] as [Markup]).joined(" ").text == "<b>&lt;</b> <b>&lt;</b>")
    }

    @Test(arguments: [
        (12.34, "12.3"), (40, "40"), (-0.04, "0"), (-3.06, "-3.1"), (.nan, "0"), (.infinity, "0"), (1e9, "1000000"),
    ])
    func coordinatesAreShort(value: Double, text: String) {
        #expect(Tenths(value).description == text)
    }

    @Test func aPathsRoundingNeverAddsUp() {
        var path = PathData()
        path.move(0, 0)
        for step in 1...300 { path.line(Double(step) * 0.33, Double(step % 2)) }

        let steps = path.text.matches(of: #/[hl](-?[0-9.]+)/#).compactMap { Double($0.1) }

        #expect(abs(steps.reduce(0, +) - 99) < 0.051)
    }

    @Test(arguments: [
        (nil, "—"), (0, "0"), (3.14159, "3.14"), (31.4159, "31.4"), (314.159, "314"), (0.123456, "0.123"),
        (12345.6, "12\u{202F}346"), (-2.5, "−2.50"), (.infinity, "∞"), (.nan, "—"), (1234, "1234"),
    ])
    func figuresHaveTheDigitsThatCount(value: Double?, text: String) {
        #expect(Figure.adaptive(value) == text)
    }

    @Test func aReachThatIsThereIsNotShownAsNone() {
        #expect(Figure.reach(500, 499.9...500.2) == "±0.2")
        #expect(Figure.reach(10, 8...11) == "±2.0")
        #expect(Figure.reach(nil, 0...1) == nil)
        #expect(Figure.reach(1, nil) == nil)
    }
}
