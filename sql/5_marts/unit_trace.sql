-- One row per cell of `unit_cell`: its traces, and percentiles of what one of them costs.
with summed as (
    select
        unit_cell.cell,
        sum(fct_attempt_cost.cost_usd) as cost_usd
    from fct_attempt_cost
    left join unit_cell
        on
            fct_attempt_cost.team = unit_cell.team
            and fct_attempt_cost.feature = unit_cell.feature
            and fct_attempt_cost.provider = unit_cell.provider
            and fct_attempt_cost.model = unit_cell.model
    where fct_attempt_cost.trace_id is not null and fct_attempt_cost.unpriced_reason is null
    group by unit_cell.cell, fct_attempt_cost.trace_id
),

counted as (
    select
        cell,
        cost_usd,
        count(*) as traces
    from summed
    group by cell, cost_usd
),

ranked as (
    select
        counted.*,
        sum(traces) over (
            partition by cell
            order by cost_usd rows between unbounded preceding and current row
        ) as traces_until,
        sum(traces) over (partition by cell) as all_traces
    from counted
)

select
    cell,
    cast(max(all_traces) as bigint) as traces,
    min(case when traces_until * 100 >= all_traces * 50 then cost_usd end) as trace_p50_usd,
    min(case when traces_until * 100 >= all_traces * 95 then cost_usd end) as trace_p95_usd,
    min(case when traces_until * 100 >= all_traces * 99 then cost_usd end) as trace_p99_usd
from ranked
group by cell
