-- One row per priced attempt, and one more per cell of `unit_cell` and request of several: what it costs, how many it is.
-- Most requests are one attempt. Those of several are told apart by a number and added up; their attempts are none.
with several as (
    select
        source,
        request_id,
        row_number() over (order by source, request_id) as request_number
    from fct_attempt_cost
    where attempt > 1 and unpriced_reason is null
    group by source, request_id
),

attempt as (
    select
        unit_cell.cell,
        several.request_number,
        fct_attempt_cost.cost_usd
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
)

-- Not filtered but counted as none: a filter here would cost more than what it leaves out.
select
    cell,
    cost_usd,
    case when request_number is null then 1 else 0 end as units
from attempt
union all
select
    cell,
    sum(cost_usd) as cost_usd,
    1 as units
from attempt
where request_number is not null
group by cell, request_number
