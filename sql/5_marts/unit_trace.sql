-- One row per cell of `unit_cell` and trace with priced attempts in it: what they cost.
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
