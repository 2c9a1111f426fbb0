"""Steps of one client against one server, each with what must come of it.

real-clients.py openai KIND URL MODEL | ollama KIND URL READY ABSENT | foundry VERSION URL ALIAS
"""

import logging
import os
import sys
import tempfile

client, kind, url = sys.argv[1:4]
messages = [{"role": "user", "content": "Count to ten, please."}]


def step(name, outcome, holds=True):
    print(f"{'ok  ' if holds else 'FAIL'} {client} as {kind}: {name}: {outcome}", flush=True)
    if not holds:
        sys.exit(1)


def refusal(call, *kinds):
    """The error that a call ends with, which must be one of these."""
    try:
        result = call()
    except kinds as error:
        return f"{type(error).__name__}: {error}"
    step("a refusal", f"none, but {result!r}", False)


def try_openai(model):
    import openai

    server = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0, timeout=30)
    names = [entry.id for entry in server.models.list()]
    step("list", names, names == [model])
    answer = server.chat.completions.create(model=model, messages=messages, max_tokens=8)
    text, usage = answer.choices[0].message.content, answer.usage
    step("chat", f"{text!r}, {usage.completion_tokens} tokens", bool(text) and usage.completion_tokens == 8)

    pieces, reason, usage = [], None, None
    for chunk in server.chat.completions.create(
        model=model, messages=messages, max_tokens=8, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            pieces += [choice.delta.content] if choice.delta.content else []
    holds = "".join(pieces) == text and len(pieces) == 8 and reason == "length" and usage.completion_tokens == 8
    step("stream", f"{len(pieces)} chunks, {reason}, {usage.completion_tokens} tokens", holds)

    ask = lambda: server.chat.completions.create(model="nobody", messages=messages, max_tokens=2)
    if kind == "llamacpp":
        served = ask().model
        step("an unknown model", f"served by {served}", served == model)
    else:
        step("an unknown model", refusal(ask, openai.NotFoundError))


def try_ollama(ready, absent):
    import ollama

    server = ollama.Client(host=url, timeout=30)
    listed = lambda: [entry.model for entry in server.list().models]
    running = lambda: [entry.model for entry in server.ps().models]
    step("list", listed(), listed() == [ready])
    progress = [part.completed for part in server.pull(absent, stream=True) if part.completed is not None]
    step("pull", f"{progress[0]} to {progress[-1]} bytes", progress == sorted(progress) and progress[-1] == 10_000_000)
    step("list", listed(), listed() == [ready, absent])
    details = server.show(ready).details
    step("show", f"{details.format}, {details.parameter_size}", details.format == "gguf")
    step("load", server.generate(model=ready).done_reason, running() == [ready])
    answer = server.chat(model=ready, messages=messages, options={"num_predict": 8})
    step("chat", f"{answer.eval_count} tokens in {answer.eval_duration} ns", answer.eval_count == 8)
    parts = list(server.chat(model=ready, messages=messages, stream=True, options={"num_predict": 8}))
    text = "".join(part.message.content for part in parts)
    step("stream", f"{len(parts)} objects, {parts[-1].done_reason}", text == answer.message.content and parts[-1].done)
    step("an unknown model", refusal(lambda: server.chat(model="nobody", messages=messages), ollama.ResponseError))
    step("unload", server.generate(model=ready, keep_alive=0).done_reason, running() == [])
    server.delete(absent)
    step("delete", listed(), listed() == [ready])


def try_foundry(alias):
    # The SDK asks the command `foundry` where its service listens.
    folder = tempfile.mkdtemp()
    with open(f"{folder}/foundry", "w") as command:
        command.write(f'#!/bin/sh\necho "Model management service is running on {url}/openai/status"\n')
    os.chmod(f"{folder}/foundry", 0o700)
    os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
    from foundry_local import FoundryLocalManager
    import openai

    manager = FoundryLocalManager(bootstrap=True)
    ids = lambda models: [model.id for model in models]
    catalogue = ids(manager.list_catalog_models())
    step("list", catalogue, len(catalogue) == 2)
    model = manager.get_model_info(alias).id
    step("cache", manager.get_cache_location(), model not in ids(manager.list_cached_models()))
    manager.download_model(alias)
    step("download", ids(manager.list_cached_models()), model in ids(manager.list_cached_models()))
    manager.load_model(alias)
    step("load", ids(manager.list_loaded_models()), ids(manager.list_loaded_models()) == [model])
    server = openai.OpenAI(base_url=manager.endpoint, api_key=manager.api_key, max_retries=0)
    stream = server.chat.completions.create(model=model, messages=messages, max_tokens=8, stream=True)
    pieces = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
    step("stream", f"{len(pieces)} chunks", len(pieces) == 8)
    manager.unload_model(alias)
    step("unload", ids(manager.list_loaded_models()), manager.list_loaded_models() == [])


logging.disable(logging.CRITICAL)
{"openai": try_openai, "ollama": try_ollama, "foundry": try_foundry}[client](*sys.argv[4:])
