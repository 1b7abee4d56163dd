-- One row per day, source, provider, model and kind of call: our list price beside what the rows state, of the same rows.
-- Left out are rows that state no amount, that have no price, and that the gateway answered from its own cache.
with compared as (
    select
        source,
        provider,
        model,
        operation,
        request_id,
        reported_cost_usd,
        list_cost_usd,
        cast(cast(list_cost_usd as decimal(30, 12)) - cast(reported_cost_usd as decimal(30, 12)) as decimal(38, 12))
            as off_usd
    from fct_attempt_cost
    where
        reported_cost_usd is not null
        and list_cost_usd is not null
        and coalesce(gateway_cached_tokens, 0) = 0
),

summed as (
    select
        source,
        provider,
        model,
        operation,
        count(*) as attempts,
        sum(reported_cost_usd) as reported_cost_usd,
        sum(list_cost_usd) as list_cost_usd,
        sum(off_usd) as list_minus_reported_usd,
        sum(greatest(off_usd, 0)) as above_reported_usd,
        sum(greatest(-off_usd, 0)) as below_reported_usd,
        max(abs(off_usd)) as largest_difference_usd
    from compared
    group by source, provider, model, operation
),

example as (
    -- An inner join: of each group the rows that differ most, and of these the first by its id.
    select
        compared.source,
        compared.provider,
        compared.model,
        compared.operation,
        min(compared.request_id) as example_request_id
    from compared
    inner join summed
        on
            compared.source = summed.source
            and compared.provider = summed.provider
            and coalesce(compared.model, '') = coalesce(summed.model, '')
            and coalesce(compared.operation, '') = coalesce(summed.operation, '')
            and abs(compared.off_usd) = summed.largest_difference_usd
    where compared.off_usd <> 0
    group by compared.source, compared.provider, compared.model, compared.operation
)

select
    cast($day as date) as day,
    summed.source,
    summed.provider,
    summed.model,
    summed.operation,
    summed.attempts,
    summed.reported_cost_usd,
    summed.list_cost_usd,
    summed.list_minus_reported_usd,
    summed.above_reported_usd,
    summed.below_reported_usd,
    summed.largest_difference_usd,
    example.example_request_id
from summed
left join example
    on
        summed.source = example.source
        and summed.provider = example.provider
        and coalesce(summed.model, '') = coalesce(example.model, '')
        and coalesce(summed.operation, '') = coalesce(example.operation, '')
order by summed.source, summed.provider, summed.model, summed.operation
