-- One row per team, feature, provider and model of `$day`: its traces and percentiles of what one of them costs.
with summed as (
    select
        team,
        feature,
        provider,
        model,
        trace_id,
        sum(cost_usd) as cost_usd,
        count(*) as attempts
    from fct_attempt_cost
    where trace_id is not null and unpriced_reason is null
    group by team, feature, provider, model, trace_id
),

counted as (
    select
        team,
        feature,
        provider,
        model,
        cost_usd as trace_cost_usd,
        count(*) as traces,
        sum(attempts) as attempts,
        sum(cost_usd) as cost_usd
    from summed
    group by team, feature, provider, model, cost_usd
),

ranked as (
    select
        counted.*,
        sum(traces) over (
            partition by team, feature, provider, model
            order by trace_cost_usd rows between unbounded preceding and current row
        ) as traces_until,
        sum(traces) over (partition by team, feature, provider, model) as all_traces
    from counted
)

select
    team,
    feature,
    provider,
    model,
    cast(max(all_traces) as bigint) as traces,
    cast(sum(attempts) as bigint) as attempts,
    sum(cost_usd) as cost_usd,
    min(case when traces_until * 100 >= all_traces * 50 then trace_cost_usd end) as trace_p50_usd,
    min(case when traces_until * 100 >= all_traces * 95 then trace_cost_usd end) as trace_p95_usd,
    min(case when traces_until * 100 >= all_traces * 99 then trace_cost_usd end) as trace_p99_usd
from ranked
group by team, feature, provider, model
