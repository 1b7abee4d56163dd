-- One row per day, provider, model and way to cache: how often a prefix must be read before caching it pays.
with cached as (
    select
        provider,
        model,
        cache_way,
        reads,
        cost_usd
    from priced
    where cache_way <> 'none' and unpriced_reason is null
),

written as (
    select
        provider,
        model
    from cached
    where cache_way <> 'automatic'
    group by provider, model
),

compared as (
    select
        cached.provider,
        cached.model,
        cached.cache_way,
        cached.reads,
        cached.cost_usd as cached_usd,
        priced.cost_usd as uncached_usd
    from cached
    left join priced
        on
            cached.provider = priced.provider
            and cached.model = priced.model
            and cached.reads = priced.reads
            and priced.cache_way = 'none'
    left join written
        on
            cached.provider = written.provider
            and cached.model = written.model
    where cached.cache_way <> 'automatic' or written.model is null
)

select
    cast($day as date) as day,
    provider,
    model,
    cache_way,
    cast(min(case when cached_usd < uncached_usd then reads end) as bigint) as break_even_reads,
    sum(case when reads = 1 then uncached_usd end) as uncached_usd,
    sum(case when reads = 1 then cached_usd end) as cached_usd
from compared
where uncached_usd is not null
group by provider, model, cache_way
order by provider, model, cache_way
