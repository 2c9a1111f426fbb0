import CCurl

extension Transfer {
    /// What libcurl's code means for this request: which class, and a sentence that a person can act on; nil for success.
    func failure(for code: CURLcode) -> StreamFailure? {
        let address = request.shownURL
        switch code {
        case CURLE_OK where record.headers != nil:
            return nil
        case CURLE_OK:
            return StreamFailure(
                .truncated, "'\(address)' closed the connection before the headers of its answer were complete.")
        case CURLE_OPERATION_TIMEDOUT:
            if wasReady || elapsed >= request.totalTimeout.wholeNanoseconds {
                let sentence =
                    "'\(address)' did not finish its answer within \(request.totalTimeout), the limit for a request."
                return StreamFailure(.timeout(.total), sentence)
            }
            return StreamFailure(.connect, "Could not connect to '\(address)' within \(request.connectTimeout).")
        case CURLE_WRITE_ERROR where exceededLimit:
            let limit = request.responseByteLimit
            return StreamFailure(
                .protocol, "The answer of '\(address)' is longer than \(limit) bytes, the limit for an answer.")
        case CURLE_WRITE_ERROR:
            let limit = Transfer.headerByteLimit
            return StreamFailure(
                .protocol, "The headers of '\(address)' are longer than \(limit) bytes, the limit for headers.")
        case CURLE_OUT_OF_MEMORY where wasReady, Self.tooLarge where wasReady:
            return StreamFailure(.protocol, "A header of '\(address)' is too long: \(reason(code)).")
        case CURLE_UNSUPPORTED_PROTOCOL where wasReady, CURLE_WEIRD_SERVER_REPLY:
            return StreamFailure(.protocol, "'\(address)' did not answer in HTTP/1.1: \(reason(code)).")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return StreamFailure(.connect, "Could not send a request to '\(address)': the address is malformed.")
        case _ where code == CURLE_BAD_CONTENT_ENCODING || reason(code).hasSuffix("in chunked-encoding"):
            // RFC 9112, section 7.1. libcurl has no code of its own for broken chunks.
            return StreamFailure(
                .protocol,
                "Could not read the answer of '\(address)' after \(record.body.count) bytes: \(reason(code)).")
        case _ where hasAnswer:
            return StreamFailure(
                .truncated, "'\(address)' broke off its answer after \(record.body.count) bytes: \(reason(code)).")
        case _ where wasReady:
            return StreamFailure(.truncated, "'\(address)' closed the connection without an answer: \(reason(code)).")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            return StreamFailure(.connect, "Could not make a secure connection to '\(address)': \(reason(code)).")
        default:
            let reason = String(cString: curl_easy_strerror(code))
            return StreamFailure(.connect, "Could not connect to '\(address)': \(reason). Is the server running there?")
        }
    }

    /// CURLE_TOO_LARGE, which came with libcurl 8.6. Until then a header that is too long is out of memory.
    private static let tooLarge = CURLcode(rawValue: 100)

    /// libcurl's own words, without their full stop.
    private func reason(_ code: CURLcode) -> String {
        let reason = easy?.reason ?? String(cString: curl_easy_strerror(code))
        return String(reason.reversed().drop { ".!\n ".contains($0) }.reversed())
    }

    private var elapsed: Int64 { MonotonicTime.now() - ticket.started }
}
