import Foundation

/// Tells which input it was when the process crashes or hangs.
enum Watch {
    // Written by the one thread that works and read in its own signal handler.
    nonisolated(unsafe) private static var current: UInt64 = 0
    nonisolated(unsafe) private static var seed: UInt64 = 0

    static func begin(seed: UInt64) {
        self.seed = seed
        for fatal in [SIGALRM, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] { signal(fatal) { Watch.tell($0) } }
    }

    /// The input that is looked at next. Every thousandth winds the clock anew: for a minute, which is for ever.
    static func look(at number: UInt64) {
        current = number
        if number.isMultiple(of: 1000) { alarm(60) }
    }

    /// In a signal handler nothing may be allocated: the numbers are written digit by digit.
    private static func tell(_ signal: Int32) {
        write(signal == SIGALRM ? "Hung at input " : "Crashed at input ")
        write(current)
        write(" of seed ")
        write(seed)
        write(".\n")
        _exit(70)
    }

    private static func write(_ text: StaticString) {
        _ = Foundation.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func write(_ number: UInt64) {
        if number > 9 { write(number / 10) }
        var digit = UInt8(ascii: "0") + UInt8(number % 10)
        _ = Foundation.write(STDERR_FILENO, &digit, 1)
    }
}
