-- One row per cell of `unit_cell`: how many sessions, customers and users it has, and what is spent on each kind of id.
-- A cost adds up over attempts whatever the id, so only the count of the ids needs them told apart.
select
    unit_cell.cell,
    count(distinct fct_attempt_cost.session_id) as sessions,
    count(distinct fct_attempt_cost.customer_id) as customers,
    count(distinct fct_attempt_cost.user_id) as users,
    count(fct_attempt_cost.trace_id) as trace_attempts,
    sum(case when fct_attempt_cost.trace_id is not null then fct_attempt_cost.cost_usd end) as trace_cost_usd,
    sum(case when fct_attempt_cost.session_id is not null then fct_attempt_cost.cost_usd end) as session_cost_usd,
    sum(case when fct_attempt_cost.customer_id is not null then fct_attempt_cost.cost_usd end) as customer_cost_usd,
    sum(case when fct_attempt_cost.user_id is not null then fct_attempt_cost.cost_usd end) as user_cost_usd
from fct_attempt_cost
left join unit_cell
    on
        fct_attempt_cost.team = unit_cell.team
        and fct_attempt_cost.feature = unit_cell.feature
        and fct_attempt_cost.provider = unit_cell.provider
        and fct_attempt_cost.model = unit_cell.model
where fct_attempt_cost.unpriced_reason is null
group by unit_cell.cell
