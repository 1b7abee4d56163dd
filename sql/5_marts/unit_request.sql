-- One row per cell of `unit_cell` and cost of a request that is one attempt, and one per request of several: how many cost as much.
-- Most requests are one attempt, and equal costs are counted once. Those of several are told apart by a number and added up.
with several as (
    select
        source,
        account,
        request_id,
        row_number() over (order by source, account, request_id) as request_number
    from fct_attempt_cost
    where attempt > 1 and unpriced_reason is null
    group by source, account, request_id
)

select
    unit_cell.cell,
    case when several.request_number is null then min(fct_attempt_cost.cost_usd) else sum(fct_attempt_cost.cost_usd) end as cost_usd,
    case when several.request_number is null then count(*) else 1 end as units
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
        and fct_attempt_cost.account = several.account
        and fct_attempt_cost.source = several.source
where fct_attempt_cost.unpriced_reason is null
group by
    unit_cell.cell, several.request_number, case when several.request_number is null then fct_attempt_cost.cost_usd end
