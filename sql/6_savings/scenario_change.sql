-- One row per attempt and scenario that changes it, with what the scenario decides about the attempt.
select
    no_retries.scenario,
    no_retries.fact_row,
    cast(null as boolean) as is_escalated,
    cast(null as boolean) as is_staying,
    cast(null as bigint) as short_output_tokens,
    cast(null as boolean) as batch_is_uncached
from no_retries
union all
select
    answer_cache.scenario,
    answer_cache.fact_row,
    cast(null as boolean) as is_escalated,
    cast(null as boolean) as is_staying,
    cast(null as bigint) as short_output_tokens,
    cast(null as boolean) as batch_is_uncached
from answer_cache
union all
select
    routing.scenario,
    routing.fact_row,
    routing.is_escalated,
    routing.is_staying,
    cast(null as bigint) as short_output_tokens,
    cast(null as boolean) as batch_is_uncached
from routing
union all
select
    output_length.scenario,
    output_length.fact_row,
    cast(null as boolean) as is_escalated,
    cast(null as boolean) as is_staying,
    output_length.short_output_tokens,
    cast(null as boolean) as batch_is_uncached
from output_length
union all
select
    batch.scenario,
    batch.fact_row,
    cast(null as boolean) as is_escalated,
    cast(null as boolean) as is_staying,
    cast(null as bigint) as short_output_tokens,
    batch.batch_is_uncached
from batch
