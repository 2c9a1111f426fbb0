/// One input of the parsers: bytes, how they are read, and how they are cut on their way. A seed and a number make it.
struct FuzzInput {
    enum Kind: Int, CaseIterable {
        case events, lines, document
    }

    var kind: Kind
    var bytes: [UInt8]
    /// Where each read ends, rising; the last one is the end of the bytes.
    var cuts: [Int]

    /// The corpus by kind, in an order that does not change from one process to the next.
    private static let corpus =
        [Corpus.events, Corpus.lines].map { streams in
            streams.sorted { $0.key < $1.key }.map { Array($0.value.utf8) }
        } + [Corpus.documents.map { Array($0.utf8) }]

    /// Two thirds are streams of events: they have the most to go wrong.
    private static let kinds: [Kind] = [.events, .events, .events, .events, .lines, .document]

    init(seed: UInt64, number: UInt64) {
        var random = Shuffle(seed: seed &* 0xD134_2543_DE82_EF95 &+ number)
        _ = random.next()  // The first number of close seeds is close.
        kind = Self.kinds[Int(random.next() % UInt64(Self.kinds.count))]
        let models = Self.corpus[kind.rawValue]
        bytes = models[Int(random.next() % UInt64(models.count))]
        for _ in 0..<random.next() % 7 {
            let other = models[Int(random.next() % UInt64(models.count))]
            bytes.change(with: Corpus.pieces, other: other, &random)
        }
        cuts = []
        cutAgain(&random)
    }

    init(kind: Kind, bytes: [UInt8], seed: UInt64) {
        self.kind = kind
        self.bytes = bytes
        cuts = []
        var random = Shuffle(seed: seed)
        cutAgain(&random)
    }

    /// Short reads and long ones, as a network gives them.
    private mutating func cutAgain(_ random: inout Shuffle) {
        var end = 0
        let longest: UInt64 = [3, 40, 400][Int(random.next() % 3)]
        while end < bytes.count {
            end = min(bytes.count, end + 1 + Int(random.next() % longest))
            cuts.append(end)
        }
    }
}
