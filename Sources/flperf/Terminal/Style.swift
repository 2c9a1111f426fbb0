import Foundation

/// Emphasis where the reader is a terminal that wants it; plain text elsewhere and under `NO_COLOR`.
struct Style: Sendable {
    var isOn = false

    static let output = Style(descriptor: STDOUT_FILENO)
    static let error = Style(descriptor: STDERR_FILENO)

    init() {}

    private init(descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        isOn = isatty(descriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String { isOn ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }
}
