import Benchmarking
import Orchestrator

extension Endpoint {
    /// What an address looks like as JSON Schema has patterns: what can't be told this way is told in an answer.
    static var pattern: JSONValue { "^https?://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(:[1-9][0-9]{0,3})?$" }
}

extension Route.Body {
    /// What `RunOrder` reads.
    static var runOrder: Route.Body {
        Route.Body(isRequired: true) { _ in
            [
                "type": "object", "required": ["modelIds"],
                "anyOf": [["required": ["suiteName"]], ["required": ["trace"]]],
                "properties": [
                    "modelIds": ["type": "array", "minItems": 1, "items": ["type": "string"]],
                    "suiteName": ["type": "string", "minLength": 1],
                    "selectedScenarios": ["type": "array", "items": ["type": "string"]],
                    "label": ["type": "string"], "trace": trace,
                    "config": ["type": "object", "additionalProperties": false, "properties": .object(settings)],
                ],
            ]
        }
    }

    /// The requests of a trace, in place of a suite.
    private static var trace: JSONValue {
        [
            "type": "object", "required": ["text"], "additionalProperties": false,
            "properties": [
                "text": [
                    "type": "string", "description": "Lines of JSON with timestamp, input_length and output_length.",
                ],
                "name": ["type": "string"], "unit": ["type": "string", "enum": ["ms", "s"]],
                "speed": number(Trace.speedAllowed),
            ],
        ]
    }

    /// A service level objective; times are in ms.
    private static var objective: JSONValue {
        let time = number(Objective.millisecondsAllowed)
        return [
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": ["ttft": time, "tpot": time, "latency": time, "share": number(Objective.shareAllowed)],
        ]
    }

    /// `RunSettings` as a client may set them. Times are in ms.
    private static var settings: [String: JSONValue] {
        let time = integer(RunSettings.durationMillisecondsAllowed)
        let flag: JSONValue = ["type": "boolean"]
        return [
            "iterations": integer(RunSettings.iterationsAllowed), "duration": time,
            "concurrency": oneOrSeveral(integer(RunSettings.concurrencyAllowed)),
            "rate": oneOrSeveral(number(RunSettings.ratesAllowed)),
            "sweep": ["type": "string", "enum": ["rate", "concurrency"]], "sweep_levels": integer(Sweep.levelsAllowed),
            "slo": objective, "min_precision": number(RunSettings.precisionAllowed),
            "max_iterations": integer(RunSettings.iterationsAllowed),
            "connect": ["type": "string", "enum": ["reused", "fresh"]],
            "arrivals": ["type": "string", "enum": ["poisson", "constant"]],
            "max_in_flight": integer(RunSettings.maxInFlightAllowed), "ramp": time, "cooldown": integer(0...10_000),
            "warmup": integer(0...10_000), "timeout": integer(RunSettings.timeoutMillisecondsAllowed),
            "first_token_timeout": integer(RunSettings.timeoutMillisecondsAllowed),
            "temperature": number(RunSettings.temperatureAllowed),
            "seed": ["type": "integer", "minimum": 0], "streaming": flag, "max_tokens": integer(1...1_000_000),
            "keep_output": flag, "cache": ["type": "string", "enum": ["defeat", "keep"]],
            "parallel_models": integer(RunSettings.parallelModelsAllowed), "unload_between": flag,
            "restart_on_failure": integer(RunSettings.restartsAllowed),
            "every": integer(1_000...366 * 86_400_000), "until": ["type": "integer"],
        ]
    }

    private static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        [
            "type": "integer", "minimum": .number(Double(range.lowerBound)),
            "maximum": .number(Double(range.upperBound)),
        ]
    }

    private static func number(_ range: ClosedRange<Double>) -> JSONValue {
        ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
    }

    private static func oneOrSeveral(_ one: JSONValue) -> JSONValue {
        ["anyOf": [one, ["type": "array", "minItems": 1, "items": one]]]
    }
}
