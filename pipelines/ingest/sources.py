"""The sources that are read, in one place: a new source is a module and a line here."""

from pipelines.ingest.anthropic import ANTHROPIC_COSTS, ANTHROPIC_USAGE
from pipelines.ingest.litellm import LITELLM
from pipelines.ingest.openai import OPENAI_COSTS, OPENAI_USAGE
from pipelines.ingest.request_log import REQUEST_LOG
from pipelines.ingest.source import Source

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (OPENAI_USAGE, OPENAI_COSTS, ANTHROPIC_USAGE, ANTHROPIC_COSTS, LITELLM, REQUEST_LOG)
}
