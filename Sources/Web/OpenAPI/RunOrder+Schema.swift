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
                "type": "object", "required": ["modelIds", "suiteName"],
                "properties": [
                    "modelIds": ["type": "array", "minItems": 1, "items": ["type": "string"]],
                    "suiteName": ["type": "string", "minLength": 1],
                    "selectedScenarios": ["type": "array", "items": ["type": "string"]],
                    "label": ["type": "string"],
                    "config": ["type": "object", "additionalProperties": false, "properties": .object(settings)],
                ],
            ]
        }
    }

    /// `RunSettings` as a client may set them. Times are in ms.
    private static var settings: [String: JSONValue] {
        let time = integer(RunSettings.durationMillisecondsAllowed)
        let flag: JSONValue = ["type": "boolean"]
        return [
            "iterations": integer(RunSettings.iterationsAllowed), "duration": time,
            "concurrency": oneOrSeveral(integer(RunSettings.concurrencyAllowed)),
            "rate": oneOrSeveral([
                "type": "number", "minimum": .number(RunSettings.ratesAllowed.lowerBound),
                "maximum": .number(RunSettings.ratesAllowed.upperBound),
            ]),
            "arrivals": ["type": "string", "enum": ["poisson", "constant"]],
            "max_in_flight": integer(RunSettings.maxInFlightAllowed), "ramp": time, "cooldown": integer(0...10_000),
            "warmup": integer(0...10_000), "timeout": integer(RunSettings.timeoutMillisecondsAllowed),
            "first_token_timeout": integer(RunSettings.timeoutMillisecondsAllowed),
            "temperature": [
                "type": "number", "minimum": .number(RunSettings.temperatureAllowed.lowerBound),
                "maximum": .number(RunSettings.temperatureAllowed.upperBound),
            ],
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

    private static func oneOrSeveral(_ one: JSONValue) -> JSONValue {
        ["anyOf": [one, ["type": "array", "minItems": 1, "items": one]]]
    }
}
