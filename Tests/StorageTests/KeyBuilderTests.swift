import Testing

@testable import Storage

struct KeyBuilderTests {
    @Test func stringsSortAsTheirBytesDoWhateverFollows() {
        let names = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "ab", "b", "é", "日"]

        let keys = names.map { name in
            KeyBuilder.bytes {
                $0.append(name)
                $0.append(name == "a" ? UInt64.max : 0)
            }
        }

        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(Set(keys).count == names.count)
    }

    @Test func signedNumbersSortAsNumbers() {
        let numbers: [Int64] = [.min, -1_000_000, -1, 0, 1, 255, 256, .max]

        let keys = numbers.map { number in KeyBuilder.bytes { $0.append(number) } }

        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func partsAreReadBackAsTheyWereWritten() throws {
        let bytes = KeyBuilder.bytes { key in
            key.append("run\0one")
            key.append(7 as UInt8)
            key.append(1_000 as UInt16)
            key.append(100_000 as UInt32)
            key.append(-5 as Int64)
            key.append(UInt64.max)
            key.appendRest([1, 0, 2])
        }

        try bytes.withUnsafeBytes { bytes in
            var key = KeyReader(bytes)
            let name = try key.string()
            let (small, medium, large) = (try key.uint8(), try key.uint16(), try key.uint32())
            let (signed, largest) = (try key.int64(), try key.uint64())
            let rest = key.remaining()

            #expect(name == "run\0one")
            #expect((small, medium, large) == (7, 1_000, 100_000))
            #expect((signed, largest) == (-5, .max))
            #expect(rest == [1, 0, 2])
        }
    }

    @Test func aKeyShorterThanItsPartsIsRefused() {
        #expect(throws: StoreError.self) {
            try ([1, 2, 3] as [UInt8]).withUnsafeBytes { bytes in
                var key = KeyReader(bytes)
                _ = try key.uint64()
            }
        }
    }
}
