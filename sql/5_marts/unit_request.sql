-- One row per cell of `unit_cell` and cost of an attempt, and one per request of several: how many requests cost as much.
-- Most requests are one attempt, and equal costs are counted once. Those of several are told apart by a number and
-- added up; their attempts alone are no request.
with several as (
    select
        source,
        request_id,
        row_number() over (order by source, request_id) as request_number
    from fct_attempt_cost
    where attempt > 1 and unpriced_reason is null
    group by source, request_id
),

counted as (
    select
        unit_cell.cell,
        several.request_number,
        fct_attempt_cost.cost_usd as paid,
        count(*) as attempts
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
    group by unit_cell.cell, several.request_number, fct_attempt_cost.cost_usd
)

select
    cell,
    paid as cost_usd,
    case when request_number is null then attempts else 0 end as units
from counted
union all
select
    cell,
    cast(sum(cast(paid as decimal(25, 12)) * cast(attempts as decimal(9, 0))) as decimal(38, 12)) as cost_usd,
    1 as units
from counted
where request_number is not null
group by cell, request_number
