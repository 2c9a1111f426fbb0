/// What servers send, shortened: where the mutations begin.
enum Corpus {
    /// Streams of events, in the manner of the server that each is named for.
    static let events = [
        "OpenAI": #"""
        data: {"id":"c","object":"chat.completion.chunk","model":"gpt","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

        data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi \u00e9\n"},"logprobs":null,"finish_reason":null}]}

        data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

        data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":8}}}

        data: [DONE]


        """#,
        "Foundry Local, first generation": #"""
        data: {"choices":[{"delta":{"content":"\ud83d"},"message":{"content":"\ud83d"}}],"usage":{"completion_tokens":1},"IsDelta":true,"Successful":true,"HttpStatusCode":0}

        data: {"choices":[{"delta":{"content":"\ude00"},"message":{"content":"\ude00"},"finish_reason":""}],"IsDelta":true}

        data: [DONE]


        """#,
        "Foundry Local, an error": """
        data: {"choices":[{"delta":{"content":"a"}}]}

        data: {"error":{"message":"out of memory","code":null}}


        """,
        "llama.cpp": #"""
        : keep-alive

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"model":"m"}

        data: {"choices":[{"finish_reason":null,"delta":{"content":" a\t"}}]}

        data: {"choices":[{"finish_reason":"length","delta":{}}],"timings":{"cache_n":7,"prompt_ms":1.5e1,"predicted_ms":250}}

        data: [DONE]


        """#,
        "vLLM": #"""
        data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm","reasoning":"hm","content":null}}]}

        data: {"choices":[{"index":0,"delta":{"content":"é😀"}},{"index":1,"delta":{"content":"other"}}]}

        data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}

        data: [DONE]


        """#,
        "transformers": """
        data: {"choices":[{"delta":{"role":"assistant"}}]}

        data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":1}}


        """,
        "every field":
            "\u{FEFF}id: 7\r\nevent: error\r\nretry: 10\r\ndata: a\r\rdata\ndata:b\n\nid\n: c\nevent: x\ndata: d",
    ]

    /// Streams of lines.
    static let lines = [
        "Ollama": #"""
        {"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hi"},"done":false}
        {"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}
        {"model":"m","done":true,"done_reason":"stop","total_duration":5,"prompt_eval_count":9,"eval_count":2,"eval_duration":3}

        """#,
        "Ollama, an error":
            "{\"message\":{\"content\":\"a\"},\"done\":false}\r\n{\"error\":\"llama runner process has terminated\"}\r\n",
    ]

    /// Whole documents.
    static let documents = [
        #"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Pa\u0072is"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1e0}}"#,
        #"{"choices":[{"text":" a\\\"\b\f\r\/","finish_reason":"length"}],"model":"a\/b:1"}"#,
        #"{"cho\u0069ces":[{"delta":{"cont\u0065nt":"é😀\ud83d\ude00"}}]}"#,
        #"{"error":{"message":"no \"such\" model","code":404,"x":[1,-2.5e-3,true,false,null,{}]}}"#,
        #"{"object":"error","message":"bad","detail":[{"loc":[],"msg":"field required"}]}"#,
        #" [ 1 , "two" , { "three" : [ ] } ] "#, #""text""#, "-0.5E+7", "true", "null",
    ]

    /// Pieces that mean something to one parser or the other.
    static let pieces = [
        "data:", "data: ", "data", "event: error\n", "id: 1\0", "retry: x", ": ", "\n", "\r", "\r\n", "\n\n",
        "\u{FEFF}",
        "data: [DONE]\n\n", "[DONE]", "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\n", ",", ":",
        "null", "true",
        "1e999", "-", "0.", "99999999999999999999", "\"content\":", "\"choices\":[", "\"error\":", "\"delta\":{",
        "\"usage\":{", "😀",
        "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
    ].map { Array($0.utf8) }
}
