#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// NVIDIA's management library, opened when it is there and never linked: the same program runs on hosts without it.
///
/// The library stays open until the process ends.
/// `@unchecked Sendable`: every stored property is constant, and NVML documents its calls as safe from any thread.
final class NVML: GraphicsCards, @unchecked Sendable {
    /// The library of this host, opened once, or why it can't be used.
    static let shared: Result<NVML, Unavailable> = open(library: "libnvidia-ml.so.1")

    // Signatures from nvml.h. A device is an opaque pointer; every function returns 0 for success.
    private typealias Device = UnsafeMutableRawPointer
    private typealias NoArguments = @convention(c) () -> Int32
    private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
    private typealias DeviceByIndex = @convention(c) (UInt32, UnsafeMutablePointer<Device?>) -> Int32
    private typealias Text = @convention(c) (UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias DeviceText = @convention(c) (Device, UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias DeviceNumber = @convention(c) (Device, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias DeviceCount = @convention(c) (Device, UnsafeMutablePointer<UInt64>) -> Int32
    private typealias DeviceSensor = @convention(c) (Device, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
    /// nvmlUtilization_t is two 32-bit numbers: gpu, memory. nvmlMemory_t is three of 64 bits: total, free, used.
    private typealias DeviceStructure = @convention(c) (Device, UnsafeMutableRawPointer) -> Int32

    private let library: UnsafeMutableRawPointer
    private let devices: [Device]
    private let nameOf: DeviceText?
    private let driver: Text?
    private let memory: DeviceStructure?
    private let utilisation: DeviceStructure?
    private let power: DeviceNumber?
    private let temperature: DeviceSensor?
    private let energy: DeviceCount?
    private let throttling: DeviceCount?

    /// The reasons of nvml.h for which a clock is held down that are heat or power: SwPowerCap, HwSlowdown, SwThermalSlowdown,
    /// HwThermalSlowdown, HwPowerBrakeSlowdown. An idle card, or a clock that somebody set, is none.
    private static let throttleReasons: UInt64 = 0x4 | 0x8 | 0x20 | 0x40 | 0x80

    static func open(library name: String) -> Result<NVML, Unavailable> {
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            return .failure(Unavailable(reason: "\(name) not found"))
        }
        func function<F>(_ name: String, as type: F.Type) -> F? {
            // Safe when the type above repeats the declaration in nvml.h: a symbol carries no type of its own.
            dlsym(library, name).map { unsafeBitCast($0, to: type) }
        }
        guard let start = function("nvmlInit_v2", as: NoArguments.self),
            let count = function("nvmlDeviceGetCount_v2", as: Count.self),
            let byIndex = function("nvmlDeviceGetHandleByIndex_v2", as: DeviceByIndex.self)
        else {
            dlclose(library)
            return .failure(Unavailable(reason: "\(name) lacks nvmlInit_v2 or the calls that list devices"))
        }
        let code = start()
        guard code == 0 else {
            dlclose(library)
            return .failure(Unavailable(reason: "\(name) could not be started: NVML error \(code)"))
        }
        var devices: [Device] = []
        var found: UInt32 = 0
        if count(&found) == 0 {
            for index in 0..<found {
                var device: Device?
                if byIndex(index, &device) == 0, let device { devices.append(device) }
            }
        }
        return .success(
            NVML(
                library: library, devices: devices,
                nameOf: function("nvmlDeviceGetName", as: DeviceText.self),
                driver: function("nvmlSystemGetDriverVersion", as: Text.self),
                memory: function("nvmlDeviceGetMemoryInfo", as: DeviceStructure.self),
                utilisation: function("nvmlDeviceGetUtilizationRates", as: DeviceStructure.self),
                power: function("nvmlDeviceGetPowerUsage", as: DeviceNumber.self),
                temperature: function("nvmlDeviceGetTemperature", as: DeviceSensor.self),
                energy: function("nvmlDeviceGetTotalEnergyConsumption", as: DeviceCount.self),
                // The name before NVML 12 and, since then, the same call under its new name.
                throttling: function("nvmlDeviceGetCurrentClocksThrottleReasons", as: DeviceCount.self)
                    ?? function("nvmlDeviceGetCurrentClocksEventReasons", as: DeviceCount.self)))
    }

    private init(
        library: UnsafeMutableRawPointer, devices: [Device], nameOf: DeviceText?, driver: Text?,
        memory: DeviceStructure?, utilisation: DeviceStructure?, power: DeviceNumber?, temperature: DeviceSensor?,
        energy: DeviceCount?, throttling: DeviceCount?
    ) {
        self.library = library
        self.devices = devices
        self.nameOf = nameOf
        self.driver = driver
        self.memory = memory
        self.utilisation = utilisation
        self.power = power
        self.temperature = temperature
        self.energy = energy
        self.throttling = throttling
    }

    func descriptions() -> [HostDescription.GPU] {
        let version = text { driver?($0, $1) }
        return devices.map { device in
            HostDescription.GPU(
                name: text { nameOf?(device, $0, $1) } ?? "NVIDIA GPU", memoryBytes: memory(of: device)?.total,
                driver: version)
        }
    }

    func readings() -> [ResourceReading.GPU] {
        devices.enumerated().map { index, device in
            var reading = ResourceReading.GPU(index: UInt32(index))
            var rates: (gpu: UInt32, memory: UInt32) = (0, 0)
            if utilisation?(device, &rates) == 0 { reading.utilisationPercent = Double(rates.gpu) }
            reading.memoryUsedBytes = memory(of: device)?.used
            var number: UInt32 = 0
            if power?(device, &number) == 0 { reading.powerWatts = Double(number) / 1000 }
            // Sensor 0 is NVML_TEMPERATURE_GPU.
            if temperature?(device, 0, &number) == 0 { reading.temperatureCelsius = Double(number) }
            var count: UInt64 = 0
            // Millijoules since the driver was loaded; cards before Volta have no meter.
            if energy?(device, &count) == 0 { reading.energyJoules = Double(count) / 1000 }
            if throttling?(device, &count) == 0 { reading.throttled = count & Self.throttleReasons != 0 }
            return reading
        }
    }

    private func memory(of device: Device) -> (total: UInt64, used: UInt64)? {
        var bytes: (total: UInt64, free: UInt64, used: UInt64) = (0, 0, 0)
        return memory?(device, &bytes) == 0 ? (bytes.total, bytes.used) : nil
    }

    private func text(_ call: (UnsafeMutablePointer<CChar>, UInt32) -> Int32?) -> String? {
        var buffer = [CChar](repeating: 0, count: 96)  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
        let code = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress!, UInt32($0.count)) }
        guard code == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
