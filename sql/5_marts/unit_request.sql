-- One row per cell of `unit_cell`: its requests, and percentiles of what one of them costs.
-- Most requests are one attempt: only those of several are added up. What costs the same is counted once, and the
-- counts are added up in order of cost: the percentile is the cost at its rank, rounded up (nearest rank).
with several as (
    select
        source,
        request_id
    from fct_attempt_cost
    where attempt > 1 and unpriced_reason is null
    group by source, request_id
),

attempt as (
    select
        unit_cell.cell,
        fct_attempt_cost.cost_usd,
        several.source,
        several.request_id
    from fct_attempt_cost
    left join unit_cell
        on
            fct_attempt_cost.team = unit_cell.team
            and fct_attempt_cost.feature = unit_cell.feature
            and fct_attempt_cost.provider = unit_cell.provider
            and fct_attempt_cost.model = unit_cell.model
    left join several
        on
            fct_attempt_cost.request_id = several.request_id
            and fct_attempt_cost.source = several.source
    where fct_attempt_cost.unpriced_reason is null
),

summed as (
    select
        cell,
        sum(cost_usd) as cost_usd
    from attempt
    where request_id is not null
    group by cell, source, request_id
),

counted as (
    select
        cell,
        cost_usd,
        count(*) as requests
    from attempt
    where request_id is null
    group by cell, cost_usd
    union all
    select
        cell,
        cost_usd,
        count(*) as requests
    from summed
    group by cell, cost_usd
),

ranked as (
    select
        counted.*,
        sum(requests) over (
            partition by cell
            order by cost_usd rows between unbounded preceding and current row
        ) as requests_until,
        sum(requests) over (partition by cell) as all_requests
    from counted
)

select
    cell,
    cast(max(all_requests) as bigint) as requests,
    min(case when requests_until * 100 >= all_requests * 50 then cost_usd end) as request_p50_usd,
    min(case when requests_until * 100 >= all_requests * 95 then cost_usd end) as request_p95_usd,
    min(case when requests_until * 100 >= all_requests * 99 then cost_usd end) as request_p99_usd
from ranked
group by cell
