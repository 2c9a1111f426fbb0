import HTTPTypes

/// Fields that tell a browser what an answer may do there: nothing, unless it says so itself.
enum SecurityHeaders {
    private static let fields: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
        (.xContentTypeOptions, "nosniff"),
        (HTTPField.Name("X-Frame-Options")!, "DENY"),
        (HTTPField.Name("Referrer-Policy")!, "no-referrer"),
        (HTTPField.Name("Cross-Origin-Resource-Policy")!, "same-origin"),
        (HTTPField.Name("Cross-Origin-Opener-Policy")!, "same-origin"),
        (.cacheControl, "no-store"),
    ]

    /// Adds those that the answer does not have.
    static func add(to headers: inout HTTPFields) {
        for (name, value) in fields where !headers.contains(name) {
            headers.append(HTTPField(name: name, value: value))
        }
    }
}
