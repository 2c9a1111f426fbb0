// Feeds the parsers with inputs that a seed and a number make, until one breaks a promise or COUNT of them have held.
//
//     parser-fuzzer [COUNT] [SEED] [FIRST]
//
// Exits with 0 when all held, 1 when one did not, 70 when one crashed the parsers or took longer than a minute.

import Foundation

let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
guard numbers.count <= 3, !numbers.contains(nil) else {
    FileHandle.standardError.write(Data("parser-fuzzer [COUNT] [SEED] [FIRST]: numbers, from 0 on.\n".utf8))
    exit(64)
}
let arguments = numbers.compactMap(\.self)
let count = arguments.first ?? 10_000_000
let seed = arguments.dropFirst().first ?? UInt64.random(in: 1..<1_000_000)
let first = arguments.dropFirst(2).first ?? 0

Watch.begin(seed: seed)
let began = ContinuousClock.now
var size = 0
for number in first..<first + count {
    Watch.look(at: number)
    let input = FuzzInput(seed: seed, number: number)
    size += input.bytes.count
    if let promise = input.broken {
        let small = input.minimised()
        print("Input \(number) of seed \(seed), \(input.kind): \(promise).")
        print("Shortened to \(small.bytes.count) bytes: \(small.broken ?? promise).")
        print(String(decoding: small.bytes, as: UTF8.self).debugDescription)
        print("In base 64: \(Data(small.bytes).base64EncodedString()), read up to \(small.cuts)")
        exit(1)
    }
    if (number - first + 1).isMultiple(of: 1_000_000) {
        FileHandle.standardError.write(Data("\(number - first + 1) inputs, \(ContinuousClock.now - began)\n".utf8))
    }
}
print("\(count) inputs of seed \(seed) held: \(size) bytes in \(ContinuousClock.now - began).")
