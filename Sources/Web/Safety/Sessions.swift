import Crypto
import Foundation
import HTTPTypes

/// What a browser has of a token after somebody gave it: a cookie that was made from it, and does not give it away.
///
/// Nothing is stored: a session ends at its time, or when the service is started with another token.
extension AccessTokens {
    /// Seconds that one lasts.
    static let sessionTime = 12 * 3_600
    private static let cookie = "flperf_session"

    /// The field that has a browser keep a session, or forget it.
    ///
    /// - Parameters:
    ///   - scope: what was found for the token that was given; nil to forget.
    ///   - now: seconds since the epoch.
    func setCookie(for scope: Route.Scope?, now: Int) -> String {
        let key = scope == .write ? write : scope == .read ? read : nil
        let value = key.map { Self.session(until: now + Self.sessionTime, $0) } ?? ""
        return
            "\(Self.cookie)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(key == nil ? 0 : Self.sessionTime)"
    }

    /// What a request's session allows; nil when it has none that holds.
    func scope(ofSession request: HTTPRequest, now: Int) -> Route.Scope? {
        guard let cookies = request.headerFields[.cookie] else { return nil }
        for cookie in cookies.split(separator: ";").map({ $0.drop { $0 == " " } })
        where cookie.hasPrefix(Self.cookie + "=") {
            let parts = cookie.dropFirst(Self.cookie.count + 1).split(separator: ".")
            guard parts.count == 2, let end = Int(parts[0]), end > now, let code = Self.bytes(parts[1]) else {
                continue
            }
            if let write, Self.isValid(code, end, write) { return .write }
            if let read, Self.isValid(code, end, read) { return .read }
        }
        return nil
    }

    private static func session(until end: Int, _ token: SHA256Digest) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: text(end), using: SymmetricKey(data: token))
        return "\(end)." + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Takes the same time wherever a wrong one differs.
    private static func isValid(_ code: [UInt8], _ end: Int, _ token: SHA256Digest) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text(end), using: SymmetricKey(data: token))
    }

    private static func text(_ end: Int) -> Data { Data("flperf session until \(end)".utf8) }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let digits = Array(digits)
        guard digits.count == 2 * SHA256.byteCount else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        return bytes.count == SHA256.byteCount ? bytes : nil
    }
}
