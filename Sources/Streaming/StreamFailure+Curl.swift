import CCurl

extension Transfer {
    /// What libcurl's code means for this request: which class, and a sentence that a person can act on.
    func failure(for code: CURLcode) -> StreamFailure {
        let address = request.shownURL
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
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
        case CURLE_UNSUPPORTED_PROTOCOL where wasReady, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return StreamFailure(.protocol, "'\(address)' did not answer in HTTP/1.1: \(reason).")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return StreamFailure(.connect, "Could not send a request to '\(address)': the address is malformed.")
        case _ where hasAnswer:
            return StreamFailure(
                .truncated, "'\(address)' broke off its answer after \(record.body.count) bytes: \(reason).")
        case _ where wasReady:
            return StreamFailure(.truncated, "'\(address)' closed the connection without an answer: \(reason).")
        default:
            return StreamFailure(.connect, "Could not connect to '\(address)': \(reason). Is the server running there?")
        }
    }

    private var elapsed: Int64 { MonotonicTime.now() - ticket.started }
}
