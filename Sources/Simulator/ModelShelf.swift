import Streaming

/// Where each model of the server is: nowhere, on the disk, in memory, or on its way.
///
/// Nothing happens here by itself: an order writes down from which instant on its outcome holds, and every question is asked as
/// of an instant. So whoever was told of an outcome also finds it. Instants are nanoseconds of the monotonic clock.
struct ModelShelf: Sendable {
    private(set) var entries: [Entry]

    /// One model and what was ordered for it.
    struct Entry: Sendable {
        let model: SimulatedModel
        /// From when on it is on the disk.
        fileprivate(set) var downloaded: Int64?
        /// The download that was ordered last.
        fileprivate(set) var download: Order?
        /// From when on it is in memory.
        fileprivate(set) var loaded: Int64?
        /// The load that was ordered last, whatever it brought into memory.
        fileprivate(set) var load: Order?
        /// How long it stays in memory without being asked; nil for ever.
        fileprivate(set) var timeToLive: Int64?
        /// When it was last loaded or asked.
        fileprivate(set) var lastUse: Int64 = 0
        /// How many answers it has begun.
        fileprivate(set) var answers = 0

        /// When it leaves memory unless it is asked; nil never.
        var expires: Int64? { timeToLive.map { lastUse + $0 } }

        func isDownloaded(at now: Int64) -> Bool { downloaded.map { $0 <= now } ?? false }

        func isLoaded(at now: Int64) -> Bool {
            guard let loaded, loaded <= now else { return false }
            return expires.map { now < $0 } ?? true
        }

        fileprivate func isKnown() -> Bool { answers < model.vanishesAfter ?? .max }
    }

    /// Something that takes its time.
    struct Order: Sendable, Equatable {
        var begins: Int64
        /// When it is done, or has failed.
        var ends: Int64
        var fails: Bool
        /// It asked for what there was already.
        var wasDone = false

        func isUnderWay(at now: Int64) -> Bool { now < ends }
        func failed(by now: Int64) -> Bool { fails && ends <= now }
        /// How much of it is done, 0 to 1. A download that fails does so halfway.
        func progress(at now: Int64) -> Double {
            let share = ends == begins ? 1 : Double(min(max(now, begins), ends) - begins) / Double(ends - begins)
            return fails ? share / 2 : share
        }
    }

    /// The models at the start. Those in memory count as used at that instant.
    ///
    /// - Parameter loadsItself: the server begins to load its models by itself.
    init(_ models: [SimulatedModel], loadsItself: Bool, at now: Int64) {
        entries = models.map { model in
            var entry = Entry(model: model)
            entry.downloaded = model.isDownloaded ? now : nil
            entry.loaded = model.isLoaded == true ? now : nil
            entry.lastUse = now
            return entry
        }
        guard loadsItself else { return }
        for index in models.indices where models[index].isLoaded != true { _ = load(index, at: now, timeToLive: nil) }
    }

    /// The models that the server knows.
    var known: [Entry] { entries.filter { $0.isKnown() } }

    /// The first model that it knows and that is meant.
    func first(where isMeant: (Entry) -> Bool) -> Int? { entries.firstIndex { $0.isKnown() && isMeant($0) } }

    /// Orders a download; one that is under way is joined.
    mutating func download(_ index: Int, at now: Int64) -> Order {
        let entry = entries[index]
        if entry.isDownloaded(at: now) { return Order(begins: now, ends: now, fails: false, wasDone: true) }
        if let order = entry.download, order.isUnderWay(at: now) { return order }
        let time = entry.model.downloadTime.wholeNanoseconds
        let order = Order(
            begins: now, ends: now + (entry.model.downloadFails ? time / 2 : time), fails: entry.model.downloadFails)
        entries[index].download = order
        if !order.fails { entries[index].downloaded = order.ends }
        return order
    }

    /// Orders a load of a model that is on the disk; one that is under way is joined.
    ///
    /// - Parameter timeToLive: how long it stays without being asked, nanoseconds; nil for ever.
    mutating func load(_ index: Int, at now: Int64, timeToLive: Int64?) -> Order {
        let model = entries[index].model
        let target = model.loadsInstead.flatMap { other in entries.firstIndex { $0.model.id == other } } ?? index
        entries[target].timeToLive = timeToLive
        if entries[target].isLoaded(at: now) {
            entries[target].lastUse = now
            return Order(begins: now, ends: now, fails: false, wasDone: true)
        }
        if let order = entries[index].load, order.isUnderWay(at: now) { return order }
        let order = Order(begins: now, ends: now + model.loadTime.wholeNanoseconds, fails: model.loadFails)
        entries[index].load = order
        if !order.fails {
            entries[target].loaded = order.ends
            entries[target].lastUse = order.ends
        }
        return order
    }

    /// Takes a model out of memory; false when it was not there.
    mutating func unload(_ index: Int, at now: Int64) -> Bool {
        defer { (entries[index].loaded, entries[index].load) = (nil, nil) }
        return entries[index].isLoaded(at: now)
    }

    /// Takes a model off the disk, and out of memory.
    mutating func remove(_ index: Int, at now: Int64) {
        _ = unload(index, at: now)
        (entries[index].downloaded, entries[index].download) = (nil, nil)
    }

    /// A model begins an answer.
    mutating func ask(_ index: Int, until instant: Int64) {
        entries[index].answers += 1
        used(index, at: instant)
    }

    /// A model is in use at that instant.
    mutating func used(_ index: Int, at instant: Int64) {
        entries[index].lastUse = max(entries[index].lastUse, instant)
    }
}
