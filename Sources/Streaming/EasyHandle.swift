import CCurl

/// One libcurl easy handle, set up for one transfer. The connection it uses belongs to the multi handle and outlives it.
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    /// Where libcurl writes what went wrong.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// Sets every option of this transfer, which must stay alive as long as this handle is in a multi handle.
    init(for transfer: Transfer) {
        guard let pointer = curl_easy_init() else {
            preconditionFailure("libcurl could not make a handle: out of memory")
        }
        self.pointer = pointer
        let request = transfer.request
        set(CURLOPT_URL, request.url)
        check(flperf_easy_set_web_only(pointer), doing: "allow only http and https")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        if request.hasOwnConnection {
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TIMEOUT_MS, request.totalTimeout.curlMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.curlMilliseconds)
        // A proxy on the way would be measured too; on loopback it could not even reach the server.
        set(CURLOPT_NOPROXY, request.usesEnvironmentProxy ? "localhost,127.0.0.1,::1" : "*")
        setMethodAndBody(request)
        setHeaders(request)
        setCallbacks(transfer)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        check(flperf_easy_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText), doing: "set the place for errors")
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    private func setMethodAndBody(_ request: StreamRequest) {
        if let body = request.body {
            set(CURLOPT_POST, 1)
            check(
                flperf_easy_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)),
                doing: "set the body's size")
            if body.count <= Transfer.singleWriteLimit {
                // libcurl copies as many bytes as the size set just before says.
                body.withUnsafeBytes {
                    check(
                        flperf_easy_set_pointer(
                            pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(pointer)),
                        doing: "set the body")
                }
            } else {
                check(
                    flperf_easy_set_read(pointer) { buffer, size, count, context in
                        Transfer.from(context).upload(into: .init(start: buffer, count: size * count))
                    }, doing: "set the reader of the body")
            }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private mutating func setHeaders(_ request: StreamRequest) {
        // An empty Expect keeps libcurl from waiting for "100 Continue" before a long body.
        append("Expect:")
        if !request.headers.contains(where: { $0.name.lowercased() == "accept" }) { append("Accept: */*") }
        for (name, value) in request.headers {
            append(value.isEmpty ? "\(name);" : "\(name): \(value)")  // libcurl's notation for a header without a value
        }
        check(flperf_easy_set_pointer(pointer, CURLOPT_HTTPHEADER, headerList), doing: "set the headers")
    }

    private mutating func append(_ line: String) {
        guard let list = curl_slist_append(headerList, line) else { preconditionFailure("out of memory for a header") }
        headerList = list
    }

    private func setCallbacks(_ transfer: Transfer) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_PREREQDATA, CURLOPT_PRIVATE] {
            check(flperf_easy_set_pointer(pointer, option, context), doing: "set a callback's context")
        }
        check(
            flperf_easy_set_write(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                let whole = UnsafeRawBufferPointer(start: bytes, count: size * count)
                let transfer = Transfer.from(context)
                if let gathering = transfer.gathering, gathering.holds(transfer) { return Int(CURL_WRITEFUNC_PAUSE) }
                return transfer.received(whole) ? whole.count : giveUp
            }, doing: "set the reader of the answer")
        check(
            flperf_easy_set_write(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return Transfer.from(context).receivedHeader(line) ? line.count : giveUp
            }, doing: "set the reader of the headers")
        check(
            flperf_easy_set_prereq(pointer) { context, _, _, _, _ in
                Transfer.from(context).connectionReady() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }, doing: "set the call before the request")
    }

    /// Goes on with an answer that had to wait.
    func resume() {
        check(curl_easy_pause(pointer, CURLPAUSE_CONT), doing: "go on with an answer")
    }

    /// The final status; nil when no response began.
    var status: Int? {
        let status = reading(CURLINFO_RESPONSE_CODE)
        return status == 0 ? nil : status
    }

    /// What went wrong, in more words than a code has; nil when libcurl has none.
    var reason: String? { errorText[0] == 0 ? nil : String(cString: errorText) }

    /// Whether the transfer went over a connection that was open before.
    var reusedConnection: Bool { reading(CURLINFO_NUM_CONNECTS) == 0 }

    /// libcurl's own times. It gives 0 for what did not happen, and something near it for what a kept connection had behind it.
    var phases: ConnectionPhases {
        var phases = ConnectionPhases()
        if !reusedConnection {
            phases.nameLookup = time(CURLINFO_NAMELOOKUP_TIME_T)
            phases.connected = time(CURLINFO_CONNECT_TIME_T)
            phases.tls = time(CURLINFO_APPCONNECT_TIME_T)
        }
        phases.ready = time(CURLINFO_PRETRANSFER_TIME_T)
        phases.firstByte = time(CURLINFO_STARTTRANSFER_TIME_T)
        phases.total = time(CURLINFO_TOTAL_TIME_T)
        return phases
    }

    /// The transfer that a handle was set up for; nil of a handle that is libcurl's own.
    static func transfer(of pointer: UnsafeMutableRawPointer?) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        let code = flperf_easy_get_private(pointer, &context)
        precondition(code == CURLE_OK, "libcurl could not tell whose transfer a handle is")
        return context.map { Transfer.from($0) }
    }

    private func reading(_ info: CURLINFO) -> Int {
        var value = 0
        check(flperf_easy_get_long(pointer, info, &value), doing: "read a figure of the transfer")
        return value
    }

    private func time(_ info: CURLINFO) -> Int64? {
        var microseconds: curl_off_t = 0
        check(flperf_easy_get_size(pointer, info, &microseconds), doing: "read a time of the transfer")
        return microseconds == 0 ? nil : Int64(microseconds) * 1000
    }

    private func set(_ option: CURLoption, _ value: Int) {
        check(flperf_easy_set_long(pointer, option, value), doing: "set option \(option.rawValue)")
    }

    private func set(_ option: CURLoption, _ value: String) {
        check(flperf_easy_set_string(pointer, option, value), doing: "set option \(option.rawValue)")
    }

    /// A refused option is a mistake of ours or a libcurl without HTTP: nothing a request could be told.
    private func check(_ code: CURLcode, doing what: @autoclosure () -> String) {
        precondition(code == CURLE_OK, "libcurl could not \(what()): \(String(cString: curl_easy_strerror(code)))")
    }
}

/// Any count but the one given makes libcurl end the transfer with CURLE_WRITE_ERROR.
private let giveUp = 0

extension Transfer {
    /// The transfer whose address was set as callback data; libcurl only calls back while the loop holds it.
    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    }
}

extension Duration {
    /// Milliseconds for libcurl, at least 1, because 0 means "no limit" there; at most what its 32-bit longs hold.
    var curlMilliseconds: Int {
        Int(min(max((wholeNanoseconds &+ 999_999) / 1_000_000, 1), Int64(Int32.max)))
    }
}
