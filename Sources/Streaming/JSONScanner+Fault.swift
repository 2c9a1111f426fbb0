/// The index of the first byte with which a text stops being JSON; its length when it ends too early; nil when it is JSON.
public func firstFault(ofJSON bytes: some Sequence<UInt8>) -> Int? {
    Array(bytes).withUnsafeBufferPointer { bytes in
        var scanner = JSONScanner(bytes)
        do throws(JSONScanner.Fault) {
            try scanner.skip()
            try scanner.end()
            return nil
        } catch {
            return error.position
        }
    }
}
