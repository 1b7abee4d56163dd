"""Days of an account of Anthropic: what logs, usage report and cost report differ by, and its cause.

Haiku 4.5 takes 1 USD a million tokens in, 0.10 from the cache, 1.25 and 2 into it, 5 out; half in a batch.
"""

from functools import partial
from typing import Any

from tests.flow.billing import MILLION, Case, Row

HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"
TOKEN_TYPES = {
    "Input Tokens": "uncached_input_tokens",
    "Input Tokens, Cache Read": "cache_read_input_tokens",
    "Input Tokens, Cache Write (5m)": "cache_creation.ephemeral_5m_input_tokens",
    "Input Tokens, Cache Write (1h)": "cache_creation.ephemeral_1h_input_tokens",
    "Output Tokens": "output_tokens",
}


def call(tokens: int = MILLION, **more: Any) -> Row:
    """One attempt of the log: so many tokens in, none out."""
    return {
        "hour": 12, "provider": "anthropic", "model": HAIKU, "uncached_input_tokens": tokens,
        "output_tokens": 0, "project_id": "wrkspc", "api_key_id": "apikey", **more,
    }  # fmt: skip


def used(tokens: int = MILLION, searches: int = 0, **more: Any) -> Row:
    """One result of the usage report, with all groupings."""
    written = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    return {
        "uncached_input_tokens": tokens, "cache_read_input_tokens": 0, "cache_creation": written,
        "output_tokens": 0, "server_tool_use": {"web_search_requests": searches}, "workspace_id": "wrkspc",
        "api_key_id": "apikey", "model": HAIKU, "service_tier": "standard", "context_window": "0-200k",
        "inference_geo": "global", **more,
    }  # fmt: skip


def billed(cents: str, meter: str = "Input Tokens", name: str = "Claude Haiku 4.5", **more: Any) -> Row:
    """One line of the cost report, grouped by description."""
    return {
        "amount": cents, "currency": "USD", "cost_type": "tokens", "description": f"{name} Usage - {meter}",
        "model": name.lower().replace(" ", "-").replace(".", "-"), "service_tier": "standard",
        "token_type": TOKEN_TYPES[meter], "context_window": "0-200k", "inference_geo": "global",
        "workspace_id": "wrkspc", **more,
    }  # fmt: skip


def tool(cents: str, cost_type: str | None, description: str) -> Row:
    """A line of the cost report that is no token."""
    nothing = dict.fromkeys(("model", "service_tier", "token_type", "context_window", "inference_geo"))
    return billed(cents) | nothing | {"cost_type": cost_type, "description": description}


def described(cents: str, meter: str, tier: str = "") -> Row:
    """A line whose description alone says what it charges."""
    return tool(cents, None, f"Claude Haiku 4.5 Usage{tier} - {meter}")


EVERY_METER = {
    "cache_read_tokens": 50_000, "cache_write_5m_tokens": 20_000, "cache_write_1h_tokens": 10_000,
    "output_tokens": 4_000,
}  # fmt: skip
WRITTEN = {"ephemeral_5m_input_tokens": 20_000, "ephemeral_1h_input_tokens": 10_000}
USED_OF_EVERY_METER = used(
    100_000, cache_read_input_tokens=50_000, cache_creation=WRITTEN, output_tokens=4_000
)
CENTS = dict(zip(TOKEN_TYPES, ("10", "0.5", "2.5", "2.0", "2"), strict=True))

Day = partial(Case, provider="anthropic")
CASES = [
    # 0.10 + 0.005 + 0.025 + 0.02 + 0.02.
    Day("every meter, all sides agree", [call(100_000, **EVERY_METER)], [USED_OF_EVERY_METER],
         [billed(cents, meter) for meter, cents in CENTS.items()],
         {"logs": "0.17", "usage": "0.17", "billed": "0.17"}),
    Day("a bill of which the description is all there is", [call(100_000, **EVERY_METER)],
         [USED_OF_EVERY_METER], [described(cents, meter) for meter, cents in CENTS.items()],
         {"logs": "0.17", "usage": "0.17", "billed": "0.17"}),
    Day("a batch told by the description", [call(service_tier="batch")],
         [used(service_tier="batch")], [described("50", "Input Tokens", " (Batch)")],
         {"logs": "0.50", "usage": "0.50", "billed": "0.50"}),
    Day("a field is right where the description is not", [call()], [used()],
         [billed("100", description="Claude Sonnet 4 Usage - Output Tokens")],
         {"logs": "1", "usage": "1", "billed": "1"}),
    Day("the workbench, which has no key and no log", [call()], [used(), used(api_key_id=None)],
         [billed("200")],
         {"logs": "1", "usage_without_log": "1", "usage": "2", "billed": "2"}),
    Day("a stream that was closed", [call(), call(0, status="cancelled")], [used(1_400_000)],
         [billed("140")],
         {"logs": "1", "unfinished_attempts": "0.4", "usage": "1.4", "billed": "1.4"},
         frozenset({"unfinished_attempts"})),
    Day("a first attempt that was billed and logged without tokens",
         [call(0, request_id="again", attempt=1, status="error"), call(request_id="again", attempt=2)],
         [used(2 * MILLION)], [billed("200")],
         {"logs": "1", "unfinished_attempts": "1", "usage": "2", "billed": "2"},
         frozenset({"unfinished_attempts"})),
    Day("more than logged, and every call answered", [call()], [used(1_200_000)], [billed("120")],
         {"logs": "1", "usage_without_log": "0.2", "usage": "1.2", "billed": "1.2"},
         frozenset({"usage_without_log"})),
    Day("less than logged", [call(), call()], [used()], [billed("100")],
         {"logs": "2", "log_without_usage": "-1", "usage": "1", "billed": "1"},
         frozenset({"log_without_usage"})),
    Day("a batch that was logged as standard", [call()], [used(service_tier="batch")],
         [billed("50", service_tier="batch")],
         {"logs": "1", "tier_or_region": "-0.5", "usage": "0.5", "billed": "0.5"}),
    # Inference in the US alone is 1.1 times as dear: 3.30 a million instead of 3.
    Day("a region that the log does not know", [call(model=SONNET)],
         [used(model=SONNET, inference_geo="us")],
         [billed("330", name="Claude Sonnet 4.6", inference_geo="us")],
         {"logs": "3", "tier_or_region": "0.3", "usage": "3.3", "billed": "3.3"}),
    # Beyond 200,000 tokens of input Sonnet 4.5 takes 6 instead of 3: the log has one call for two.
    Day("two short contexts logged as a long one", [call(300_000, model="claude-sonnet-4-5")],
         [used(300_000, model="claude-sonnet-4-5")], [billed("90", name="Claude Sonnet 4.5")],
         {"logs": "1.8", "context_band": "-0.9", "usage": "0.9", "billed": "0.9"}),
    Day("a long context on all sides", [call(300_000, model="claude-sonnet-4-5")],
         [used(300_000, model="claude-sonnet-4-5", context_window="200k-1M")],
         [billed("180", name="Claude Sonnet 4.5", context_window="200k-1M")],
         {"logs": "1.8", "usage": "1.8", "billed": "1.8"}),
    # Ten searches at 0.01; code execution stands on the bill alone.
    Day("server tools", [call(web_search_requests=10)], [used(searches=10)],
         [billed("100"), tool("10", "web_search", "Web Search Usage"),
          tool("5", "code_execution", "Code Execution Usage")],
         {"logs": "1.1", "usage": "1.1", "server_tool": "0.05", "billed": "1.15"}),
    Day("server tools by their description", [call(web_search_requests=10)], [used(searches=10)],
         [billed("100"), tool("10", None, "Web Search Usage"), tool("5", None, "Code Execution Usage")],
         {"logs": "1.1", "usage": "1.1", "server_tool": "0.05", "billed": "1.15"}),
    Day("a correction and a line nobody knows", [call()], [used()],
         [billed("100"), billed("-25"), tool("7", None, "Skills Marketplace")],
         {"logs": "1", "usage": "1", "correction": "-0.25", "unknown_line": "0.07", "billed": "0.82"}),
    # The bill has parts of a cent: 33.333 for 333,333 tokens, 0.0003 of a cent too little.
    Day("cents with three digits", [call(333_333)], [used(333_333)], [billed("33.333")],
         {"logs": "0.333333", "usage": "0.333333", "bill_rounding": "-0.000003", "billed": "0.33333"}),
    Day("another amount", [call()], [used()], [billed("90")],
         {"logs": "1", "usage": "1", "price": "-0.1", "billed": "0.9"}, frozenset({"price"})),
]  # fmt: skip
