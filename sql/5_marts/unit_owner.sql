-- One row per cell of `unit_cell` and kind of id (session, customer, user): how many there are, and their cost.
with summed as (
    select
        'session' as kind,
        unit_cell.cell,
        sum(fct_attempt_cost.cost_usd) as cost_usd
    from fct_attempt_cost
    left join unit_cell
        on
            fct_attempt_cost.team = unit_cell.team
            and fct_attempt_cost.feature = unit_cell.feature
            and fct_attempt_cost.provider = unit_cell.provider
            and fct_attempt_cost.model = unit_cell.model
    where fct_attempt_cost.session_id is not null and fct_attempt_cost.unpriced_reason is null
    group by unit_cell.cell, fct_attempt_cost.session_id
    union all
    select
        'customer' as kind,
        unit_cell.cell,
        sum(fct_attempt_cost.cost_usd) as cost_usd
    from fct_attempt_cost
    left join unit_cell
        on
            fct_attempt_cost.team = unit_cell.team
            and fct_attempt_cost.feature = unit_cell.feature
            and fct_attempt_cost.provider = unit_cell.provider
            and fct_attempt_cost.model = unit_cell.model
    where fct_attempt_cost.customer_id is not null and fct_attempt_cost.unpriced_reason is null
    group by unit_cell.cell, fct_attempt_cost.customer_id
    union all
    select
        'user' as kind,
        unit_cell.cell,
        sum(fct_attempt_cost.cost_usd) as cost_usd
    from fct_attempt_cost
    left join unit_cell
        on
            fct_attempt_cost.team = unit_cell.team
            and fct_attempt_cost.feature = unit_cell.feature
            and fct_attempt_cost.provider = unit_cell.provider
            and fct_attempt_cost.model = unit_cell.model
    where fct_attempt_cost.user_id is not null and fct_attempt_cost.unpriced_reason is null
    group by unit_cell.cell, fct_attempt_cost.user_id
)

select
    kind,
    cell,
    count(*) as units,
    sum(cost_usd) as cost_usd
from summed
group by kind, cell
