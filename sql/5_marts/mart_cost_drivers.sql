-- One row per day, team, feature, provider, model and driver: the part of the cost that the driver makes.
-- A driver of parts costs the difference between two steps of `driver_usage`; the baseline is what remains of the
-- cost of the attempts, so that the drivers add up to it to the last digit.
with stepped as (
    select
        cell,
        max(case when step = 0 then cost_usd end) as usd_0,
        max(case when step = 1 then cost_usd end) as usd_1,
        max(case when step = 2 then cost_usd end) as usd_2,
        max(case when step = 3 then cost_usd end) as usd_3,
        max(case when step = 4 then cost_usd end) as usd_4,
        max(case when step = 5 then cost_usd end) as usd_5,
        max(case when step = 6 then cost_usd end) as usd_6
    from priced
    group by cell
),

parted as (
    select
        driver_call.*,
        driver_norm.output_norm_tokens,
        driver_norm.input_norm_tokens,
        driver_norm.adequate_provider || '/' || driver_norm.adequate_model as adequate,
        cast(cast(usd_0 as decimal(30, 12)) - cast(usd_1 as decimal(30, 12)) as decimal(38, 12)) as long_context_usd,
        cast(cast(usd_1 as decimal(30, 12)) - cast(usd_2 as decimal(30, 12)) as decimal(38, 12)) as reasoning_usd,
        cast(cast(usd_2 as decimal(30, 12)) - cast(usd_3 as decimal(30, 12)) as decimal(38, 12)) as verbose_usd,
        cast(cast(usd_3 as decimal(30, 12)) - cast(usd_4 as decimal(30, 12)) as decimal(38, 12)) as long_input_usd,
        cast(cast(usd_4 as decimal(30, 12)) - cast(usd_5 as decimal(30, 12)) as decimal(38, 12)) as unread_write_usd,
        case
            when driver_norm.adequate_model is null then cast(0 as decimal(38, 12))
            when usd_6 is not null
                then cast(cast(usd_5 as decimal(30, 12)) - cast(least(usd_5, usd_6) as decimal(30, 12)) as decimal(38, 12))
        end as model_size_usd
    from driver_call
    left join stepped
        on driver_call.cell = stepped.cell
    left join driver_norm
        on driver_call.feature = driver_norm.feature
),

part as (
    select
        parted.team,
        parted.feature,
        parted.provider,
        parted.model,
        drivers.driver,
        case drivers.driver
            when 'verbose_outputs' then cast(parted.output_norm_tokens as varchar)
            when 'long_inputs' then cast(parted.input_norm_tokens as varchar)
            when 'model_size' then parted.adequate
        end as norm,
        case drivers.driver
            when 'long_context' then parted.long_context_usd
            when 'reasoning' then parted.reasoning_usd
            when 'verbose_outputs' then parted.verbose_usd
            when 'long_inputs' then parted.long_input_usd
            when 'unread_cache_writes' then parted.unread_write_usd
            else parted.model_size_usd
        end as part_usd,
        case drivers.driver
            when 'reasoning' then parted.reasoning_tokens
            when 'verbose_outputs' then parted.verbose_tokens
            when 'long_inputs' then parted.long_tokens
            when 'unread_cache_writes' then parted.unread_tokens
            else 0
        end as part_tokens,
        case drivers.driver
            when 'long_context' then case when parted.long_context_usd <> 0 then parted.attempts else 0 end
            when 'reasoning' then parted.reasoning_attempts
            when 'verbose_outputs' then parted.verbose_attempts
            when 'long_inputs' then parted.long_attempts
            when 'unread_cache_writes' then case when parted.unread_tokens > 0 then parted.writing_attempts else 0 end
            else case when parted.model_size_usd <> 0 then parted.attempts else 0 end
        end as attempts,
        parted.attempts as calls,
        parted.rate_id is null as has_no_part
    from parted
    left join (
        values
        ('long_context'), ('reasoning'), ('verbose_outputs'), ('long_inputs'), ('unread_cache_writes'), ('model_size')
    ) as drivers (driver)
        on true
),

driven as (
    select
        team,
        feature,
        provider,
        model,
        driver,
        norm,
        case when has_no_part then cast(0 as decimal(38, 12)) else part_usd end as cost_usd,
        attempts,
        part_tokens as tokens,
        case when part_usd is null and not has_no_part then calls else 0 end as unpriced_attempts,
        part_usd as taken_usd
    from part
),

said as (
    select
        team,
        feature,
        provider,
        model,
        driver,
        norm,
        cost_usd,
        attempts,
        tokens,
        unpriced_attempts
    from driven
    union all
    select
        team,
        feature,
        provider,
        model,
        class as driver,
        cast(null as varchar) as norm,
        cost_usd,
        attempts,
        tokens,
        case when class = 'unpriced' then attempts else 0 end as unpriced_attempts
    from driver_cell
    where class <> 'call'
    union all
    select
        team,
        feature,
        provider,
        model,
        'baseline' as driver,
        cast(null as varchar) as norm,
        cost_usd,
        attempts,
        tokens,
        0 as unpriced_attempts
    from driver_call
    union all
    select
        team,
        feature,
        provider,
        model,
        'baseline' as driver,
        cast(null as varchar) as norm,
        cast(-taken_usd as decimal(38, 12)) as cost_usd,
        0 as attempts,
        -tokens as tokens,
        0 as unpriced_attempts
    from driven
)

select
    cast($day as date) as day,
    team,
    feature,
    provider,
    model,
    driver,
    norm,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(tokens) as bigint) as tokens,
    sum(cost_usd) as cost_usd,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from said
group by team, feature, provider, model, driver, norm
order by team, feature, provider, model, driver
