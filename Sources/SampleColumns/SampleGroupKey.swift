import Events
import Foundation
import ProjectionKit

/// What a result belongs to: run × model × scenario × load level or rate.
public struct SampleGroupKey: Hashable, Sendable {
    public var run: String
    public var model: String
    public var scenario: String
    /// Requests in flight at once that were asked for; 0 in an open loop.
    public var level: UInt32
    /// Requests a second that were asked for, in millionths; 0 in a closed loop.
    public var rateMillionths: UInt64

    public init(_ run: String, _ model: String, _ scenario: String, _ level: UInt32, rateMillionths: UInt64 = 0) {
        self.run = run
        self.model = model
        self.scenario = scenario
        self.level = level
        self.rateMillionths = rateMillionths
    }

    public init(_ sample: borrowing SampleView) {
        run = String(decoding: sample.runID, as: UTF8.self)
        model = String(decoding: sample.modelID, as: UTF8.self)
        scenario = String(decoding: sample.scenario, as: UTF8.self)
        level = sample.level
        rateMillionths = sample.rateMillionths
    }

    /// The group of a reading of resources; nil when it was taken between groups.
    public init?(_ reading: ResourceSampled) {
        guard !reading.scenario.isEmpty else { return nil }
        self.init(
            reading.runID, reading.modelID, reading.scenario, reading.level, rateMillionths: reading.rateMillionths)
    }

    public var isOpenLoop: Bool { rateMillionths > 0 }

    /// What the keys of its blocks begin with. The groups of a run are neighbours, and those of its models.
    public var blocksKey: RowKey { RowKey(run, model, scenario, UInt64(level), rateMillionths) }

    /// The key of a block, by its number.
    public func blockKey(_ block: UInt32) -> RowKey {
        RowKey(run, model, scenario, UInt64(level), rateMillionths, block)
    }

    /// Whether the sample is one of this group.
    func has(_ sample: borrowing SampleView) -> Bool {
        level == sample.level && rateMillionths == sample.rateMillionths && run.isEqual(to: sample.runID)
            && model.isEqual(to: sample.modelID) && scenario.isEqual(to: sample.scenario)
    }
}

/// Numbers the groups of the samples that are folded: a group's name need not be made of every sample anew.
public struct GroupIndex: Sendable {
    /// The groups in the order in which they came.
    public private(set) var keys: [SampleGroupKey] = []
    private var places: [SampleGroupKey: Int] = [:]
    /// By a hash of what the samples bear.
    private var glances: [UInt64: Int] = [:]

    public init() {}

    /// The place in `keys` of a sample's group.
    public mutating func place(of sample: borrowing SampleView) -> Int {
        var hash = UInt64(sample.level) ^ sample.rateMillionths
        for name in [sample.runID, sample.modelID, sample.scenario] { Self.mix(name, into: &hash) }
        if let place = glances[hash], keys[place].has(sample) { return place }
        let place = place(of: SampleGroupKey(sample))
        glances[hash] = place
        return place
    }

    /// The place in `keys` of a group.
    public mutating func place(of key: SampleGroupKey) -> Int {
        if let place = places[key] { return place }
        places[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }

    /// Forgets all groups.
    public mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        glances.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private static func mix(_ name: UnsafeRawBufferPointer, into hash: inout UInt64) {
        var offset = 0
        var word: UInt64 = UInt64(name.count)
        while offset < name.count {
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            if offset + 8 <= name.count {
                word = name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            } else {
                word = 0
                for index in offset..<name.count { word = word << 8 | UInt64(name[index]) }
            }
            offset += 8
        }
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
    }
}

extension String {
    fileprivate func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
        utf8.withContiguousStorageIfAvailable { own in
            own.count == bytes.count && (own.isEmpty || memcmp(own.baseAddress!, bytes.baseAddress!, own.count) == 0)
        } ?? utf8.elementsEqual(bytes)
    }
}
