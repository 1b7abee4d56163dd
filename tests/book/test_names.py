"""Names as logs write them mean what the book has under exactly such a name, or nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.book.dimensions import Dimensions, load_dimensions
from pipelines.book.names import Names, Resolved
from pipelines.book.prices import load_book
from pipelines.book.providers import ProviderName, load_provider_names
from pipelines.book.text import ALWAYS, OPEN
from pipelines.errors import BookError
from pipelines.settings import PROJECT
from tests.book.small import PROVIDERS, SOURCES, alias, line, provider_name, write, write_book, write_terms

AT = datetime(2026, 9, 1, tzinfo=UTC)
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
BEDROCK, VERTEX = "aws-bedrock", "google-vertex"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Dimensions:
    config = write_terms(tmp_path_factory.mktemp("names") / "config")
    return load_dimensions(PROJECT / "prices", config, SOURCES, assumed_rates=True)


KNOWN = {
    ("bedrock", f"global.{HAIKU}"): Resolved(BEDROCK, f"global.{HAIKU}"),
    ("bedrock_converse", f"bedrock/converse/us.{HAIKU}"): Resolved(BEDROCK, f"us.{HAIKU}"),
    ("aws.bedrock", f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}"): Resolved(
        BEDROCK, HAIKU, "us-east-1"
    ),
    (BEDROCK, f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.{HAIKU}"): Resolved(
        BEDROCK, f"eu.{HAIKU}", "eu-west-1"
    ),
    (BEDROCK, f"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/{HAIKU}"): Resolved(
        BEDROCK, HAIKU, "us-gov-west-1"
    ),
    ("bedrock", f"bedrock/us-west-2/{HAIKU}"): Resolved(BEDROCK, HAIKU, "us-west-2"),
    ("bedrock", f"bedrock/us-gov-west-1/{HAIKU}"): Resolved(BEDROCK, f"bedrock/us-gov-west-1/{HAIKU}"),
    ("VERTEX_AI", "vertex_ai/claude-haiku-4-5@20251001"): Resolved(
        VERTEX, "vertex_ai/claude-haiku-4-5@20251001"
    ),
    ("vertex_ai-anthropic_models", "claude-haiku-4-5-20251001"): Resolved(
        VERTEX, "claude-haiku-4-5@20251001"
    ),
    (
        "gcp.vertex_ai",
        "projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929",
    ): Resolved(VERTEX, "claude-sonnet-4-5@20250929", "us-east5"),
    ("vertex_ai", "google/gemini-2.5-pro"): Resolved(VERTEX, "gemini-2.5-pro"),
    ("vertex_ai", "publishers/google/models/gemini-2.5-pro"): Resolved(VERTEX, "gemini-2.5-pro"),
    ("vertex_ai", "publishers/meta/models/llama-3.3-70b-instruct-maas"): Resolved(
        VERTEX, "meta/llama-3.3-70b-instruct-maas"
    ),
    ("gemini", "gemini/gemini-2.5-flash"): Resolved("google", "gemini-2.5-flash"),
    ("gcp.gemini", "models/gemini-2.5-pro"): Resolved("google", "gemini-2.5-pro"),
    ("google", "gemini-1.5-pro@001"): Resolved("google", "gemini-1.5-pro-001"),
    ("azure", "azure/eu/gpt-4o"): Resolved("azure", "azure/eu/gpt-4o"),
    ("azure", "gpt-35-turbo"): Resolved("azure", "gpt-35-turbo"),
    ("azure_ai", "azure_ai/claude-opus-4-1"): Resolved("azure-ai", "claude-opus-4-1"),
    ("openai", "ft:gpt-4o-2024-08-06:acme::abc"): Resolved("openai", "ft:gpt-4o-2024-08-06"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:acme:desk:abc:ckpt-step-9"): Resolved(
        "openai", "ft:gpt-4o-mini-2024-07-18"
    ),
    ("OpenAI", "openai/gpt-4o"): Resolved("openai", "gpt-4o"),
    ("openai", "openai/responses/gpt-5-mini"): Resolved("openai", "gpt-5-mini"),
    ("azure", "azure/responses/gpt-5-mini"): Resolved("azure", "gpt-5-mini"),
    ("text-completion-openai", "gpt-3.5-turbo-instruct"): Resolved("openai", "gpt-3.5-turbo-instruct"),
    ("openrouter", "openrouter/anthropic/claude-opus-4.5"): Resolved(
        "openrouter", "anthropic/claude-opus-4.5"
    ),
    ("x_ai", "xai/grok-4"): Resolved("xai", "grok-4"),
    ("MISTRAL_AI", "mistral-large-latest"): Resolved("mistral", "mistral-large-latest"),
    ("anthropic", "claude-haiku-4-5@20251001"): Resolved("anthropic", "claude-haiku-4-5-20251001"),
}
"""By provider and model as they are logged."""


@pytest.mark.parametrize("logged", KNOWN)
def test_a_name_of_a_log_means(real: Dimensions, logged: tuple[str, str]) -> None:
    found = real.edition.names.resolve(logged, AT)
    assert found == KNOWN[logged]
    assert real.rates.knows(found.name)


UNKNOWN = {
    ("openai_like", "gpt-4o"): "openai_like",
    ("groq", "groq/llama-9"): "groq",
    ("openai", "azure/gpt-4o"): "openai",
    ("openai", "GPT-4o"): "openai",
    ("openai", "gpt-4o-2024-08-06:acme"): "openai",
    ("openai", "ft:gpt-5:acme::abc"): "openai",
    ("openrouter", "anthropic/claude-opus-4.5:free"): "openrouter",
    ("bedrock", f"sa.{HAIKU}"): BEDROCK,
    ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"): BEDROCK,
    ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a1b2c3"): BEDROCK,
    ("bedrock", f"arn:aws:s3:us-east-1::foundation-model/{HAIKU}"): BEDROCK,
    ("bedrock", "bedrock/eu-central-1/1-month-commitment/anthropic.claude-v2"): BEDROCK,
    ("vertex_ai", "projects/p/locations/us-central1/endpoints/1234567890"): VERTEX,
    ("vertex_ai", "claude-haiku-4-5@20991231"): VERTEX,
    ("gemini", "tunedModels/gemini-2.5-pro"): "google",
    ("gemini", "models/"): "google",
}
"""What no book has a price for, and the provider that is shown."""


@pytest.mark.parametrize("logged", UNKNOWN)
def test_a_name_that_is_nearly_one_of_the_book_stays_as_it_is_logged(
    real: Dimensions, logged: tuple[str, str]
) -> None:
    assert real.edition.names.resolve(logged, AT) == Resolved(UNKNOWN[logged], logged[1])
    assert not real.rates.knows((UNKNOWN[logged], logged[1]))


def test_every_name_of_the_book_means_itself(real: Dimensions) -> None:
    for name in real.rates.names:
        assert real.edition.names.resolve(name, AT) == Resolved(*name)


PARTS = (
    "azure",
    "bedrock",
    "vertex_ai",
    "google",
    "eu",
    "models",
    "publishers",
    "us-east-1",
    "arn:aws:bedrock",
)
MODELS = ("gpt-4o", "claude-x@20260101", "ft:gpt-4o", "m-20260101", "gemini-2.5-pro", HAIKU)
names = st.builds(
    lambda parts, model, mark, end: "/".join([*parts, model]) + mark + end,
    st.lists(st.sampled_from(PARTS) | st.text("abc/:@-", max_size=5), max_size=4),
    st.sampled_from(MODELS) | st.text(max_size=9),
    st.sampled_from(["", ":", "@", "-"]),
    st.text("0123456789org:", max_size=9),
)


@given(provider=st.sampled_from(["maker", "MAKER", "shop", "other", BEDROCK]), model=names, drawn=st.data())
def test_what_a_name_means_is_a_name_of_the_book_and_means_itself(
    provider: str, model: str, drawn: st.DataObject
) -> None:
    book = drawn.draw(st.sets(st.sampled_from(MODELS) | st.just(model)))
    known = {(each, name) for each in ("maker", BEDROCK) for name in book}
    providers = [
        ProviderName(name, of, ALWAYS, OPEN, ALWAYS, OPEN, "")
        for name, of in (("maker", "maker"), ("shop", "maker"), (BEDROCK, BEDROCK), ("bedrock", BEDROCK))
    ]
    resolver = Names(providers, known.__contains__)
    found = resolver.resolve((provider, model), AT)
    assert found.name in known or (found.model == model and not found.region)
    again = resolver.resolve(found.name, AT)
    assert again.name == found.name
    assert not again.region


def of_table(tmp_path: Path, *lines: str) -> Names:
    prices = write_book(tmp_path / "prices", {"maker": [line()], "host": [line()]})
    write(prices / "providers.csv", PROVIDERS, lines)
    book = load_book(prices)
    names = load_provider_names([prices / "providers.csv", tmp_path / "none.csv"], book)
    return Names(names, {("maker", "m"), ("host", "m")}.__contains__)


def test_a_name_that_moves_to_another_provider_does_so_at_its_instant(tmp_path: Path) -> None:
    found = of_table(
        tmp_path,
        provider_name(name="shop", valid_to="2026-09-01T12:00:00Z"),
        provider_name(name="shop", provider="host", valid_from="2026-09-01T12:00:00Z"),
    )
    period, noon = (AT, AT + timedelta(days=1)), AT + timedelta(hours=12)
    assert [
        (row["provider"], row["valid_from"], row["valid_to"]) for row in found.rows({("shop", "m")}, period)
    ] == [
        ("maker", AT, noon),
        ("host", noon, period[1]),
    ]
    assert found.resolved({("shop", "m")}, period) == {("maker", "m"), ("host", "m")}
    assert found.resolved({("shop", "m")}, (AT, noon)) == {("maker", "m")}


def test_only_what_differs_from_the_log_is_a_row(tmp_path: Path) -> None:
    found = of_table(tmp_path, provider_name(name="shop"))
    logged = {("maker", "m"), ("shop", "shop/m"), ("Shop", "x"), ("nobody", "m")}
    rows = found.rows(logged, (AT, AT + timedelta(days=1)))
    assert [(row["logged_provider"], row["logged_model"], row["provider"], row["model"]) for row in rows] == [
        ("Shop", "x", "maker", "x"),
        ("shop", "shop/m", "maker", "m"),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (provider_name(name="Shop"), "line 2: name 'Shop' is not in lower case"),
        (provider_name(name="shop", provider="nobody"), "line 2: the price book has no provider 'nobody'"),
        (provider_name(name="host"), "line 2: host has another meaning at 1970-01-01"),
        (provider_name(name=""), "line 2: name is empty"),
        (provider_name(name="shop", source_ref=""), "line 2: source_ref is empty"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(BookError, match=f"providers.csv {said}"):
        of_table(tmp_path, written)


def test_a_company_adds_names_of_its_own(tmp_path: Path) -> None:
    prices = write_book(tmp_path / "prices", {"maker": [line()]}, [alias(alias="desk")])
    config = write_terms(tmp_path / "config")
    write(config / "providers.csv", PROVIDERS, [provider_name(name="gateway")])
    found = load_dimensions(prices, config, SOURCES, assumed_rates=True)
    assert found.resolved({("Gateway", "gateway/desk")}, "2026-07-01") == {("maker", "desk")}
