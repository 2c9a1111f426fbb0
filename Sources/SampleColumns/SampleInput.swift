import Events
import Formulas

/// How an input that formulas name is worked out of a sample's numbers.
enum SampleInput {
    /// A moment: ns to ms since the run's anchor.
    case moment(SampleNumber)
    /// A length of time: ns to ms.
    case time(SampleNumber)
    case count(SampleNumber)
    /// 1 where the number is this one, else 0.
    case equals(SampleNumber, UInt64)
    /// 0 where the number is this one, else 1.
    case differs(SampleNumber, UInt64)

    /// The inputs with one value per sample.
    static let byName: [String: SampleInput] = [
        "intended_start": .moment(.intendedStart),
        "started": .moment(.started),
        "connected": .moment(.connected),
        "sent": .moment(.sent),
        "headers": .moment(.headers),
        "first_byte": .moment(.firstByte),
        "first_content": .moment(.firstContent),
        "last_content": .moment(.lastContent),
        "ended": .moment(.ended),
        "original_ttft": .time(.originalTTFT),
        "prompt_tokens": .count(.promptTokens),
        "asked_prompt_tokens": .count(.askedPromptTokens),
        "completion_tokens": .count(.completionTokens),
        "reasoning_tokens": .count(.reasoningTokens),
        "cached_tokens": .count(.cachedTokens),
        "content_chunks": .count(.contentChunks),
        "output_bytes": .count(.outputBytes),
        "failed": .differs(.error, UInt64(ErrorClass.none.rawValue)),
        "timed_out": .equals(.error, UInt64(ErrorClass.timeout.rawValue)),
        "cancelled": .equals(.error, UInt64(ErrorClass.cancelled.rawValue)),
        "truncated": .equals(.error, UInt64(ErrorClass.truncated.rawValue)),
        "warmup": .count(.warmup),
        "streamed": .count(.streamed),
        "iteration": .count(.iteration),
        "turn": .count(.turn),
        "http_status": .count(.httpStatus),
        "tokens_from_server": .equals(.tokenSource, UInt64(TokenSource.serverUsage.rawValue)),
        "server_prompt_ms": .time(.serverPrompt),
        "server_decode_ms": .time(.serverDecode),
        "server_load_ms": .time(.serverLoad),
        "server_total_ms": .time(.serverTotal),
        "server_queue_ms": .time(.serverQueue),
        "kernel_clock": .equals(.clock, UInt64(StampClock.kernel.rawValue)),
        "first_shared": .count(.firstShared),
        "client_reads": .count(.clientReads),
        "client_read_delay_sum": .time(.clientReadDelaySum),
        "client_read_delay_max": .time(.clientReadDelayMax),
        "client_loop_lag_max": .time(.clientLoopLagMax),
        "client_refill": .time(.clientRefill),
    ]

    /// The same by the inputs' places in the catalogue.
    static let byPlace = InputCatalogue.all.map { byName[$0.name] }

    /// Writes one value per sample, NaN where it is null.
    ///
    /// - Parameter column: gives the column of a number.
    @inline(__always)
    func read<Column: NumberColumn>(
        _ count: Int, into values: UnsafeMutablePointer<Double>, from column: (SampleNumber) -> Column
    ) {
        let own: Column
        switch self {
        case .moment(.started), .time(.started):
            own = column(.started)
            own.forEach(count) { values[$0] = Double(bitPattern: $1) }
            Self.divide(values, count)
        case .moment(let number):
            own = column(number)
            column(.started).forEach(count) { values[$0] = Double(bitPattern: $1) }
            own.forEach(count) { values[$0] = Double(bitPattern: values[$0].bitPattern &+ $1) }
            Self.divide(values, count)
        case .time(let number):
            own = column(number)
            own.forEach(count) { values[$0] = Double(bitPattern: $1) }
            Self.divide(values, count)
        case .count(let number):
            own = column(number)
            own.forEach(count) { values[$0] = Double($1) }
        case .equals(let number, let wanted):
            own = column(number)
            own.forEach(count) { values[$0] = $1 == wanted ? 1 : 0 }
        case .differs(let number, let wanted):
            own = column(number)
            own.forEach(count) { values[$0] = $1 == wanted ? 0 : 1 }
        }
        own.forEachNull(count) { values[$0] = .nan }
    }

    /// Makes ms of ns, whose bits stand where the values will.
    ///
    /// Two at a time, since a processor divides two as fast as one, and nothing else here takes as long.
    private static func divide(_ values: UnsafeMutablePointer<Double>, _ count: Int) {
        func nanoseconds(_ row: Int) -> Double { Double(Int64(bitPattern: values[row].bitPattern)) }
        var row = 0
        while row + 1 < count {
            let both = SIMD2(nanoseconds(row), nanoseconds(row + 1)) / 1e6
            (values[row], values[row + 1]) = (both[0], both[1])
            row += 2
        }
        if row < count { values[row] = nanoseconds(row) / 1e6 }
    }
}

/// Whole numbers one after another, packed or not.
protocol NumberColumn {
    /// Gives each of the first `count` numbers, any where one is null.
    func forEach(_ count: Int, _ body: (_ row: Int, _ number: UInt64) -> Void)
    /// Gives each row of the first `count` that is null.
    func forEachNull(_ count: Int, _ body: (_ row: Int) -> Void)
}

extension PackedColumn: NumberColumn {}

extension ColumnSource: NumberColumn {
    @inline(__always)
    func forEach(_ count: Int, _ body: (_ row: Int, _ number: UInt64) -> Void) {
        for row in 0..<count { body(row, number(row)) }
    }

    @inline(__always)
    func forEachNull(_ count: Int, _ body: (_ row: Int) -> Void) {
        for row in 0..<count where isNull(row) { body(row) }
    }
}
