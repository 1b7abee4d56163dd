-- One row per line among which a quantity is spread: its part in whole units; the parts add up by largest remainder.
with products as (
    select
        spread_weight.*,
        cast(sum(weight) over (partition by state, spread_number) as decimal(38, 0)) as all_weights,
        cast(cast(spread_quantity as decimal(19, 0)) * cast(weight as decimal(19, 0)) as decimal(38, 0)) as product
    from spread_weight
),

whole as (
    select
        products.*,
        product % all_weights as remainder,
        cast((product - product % all_weights) / all_weights as bigint) as whole_units
    from products
),

ranked as (
    select
        whole.*,
        spread_quantity - sum(whole_units) over (partition by state, spread_number) as left_units,
        row_number() over (
            partition by state, spread_number
            order by remainder desc, line_number, context_tokens
        ) as place
    from whole
)

select
    state,
    line_number,
    context_tokens,
    weight,
    cast(whole_units + case when place <= left_units then 1 else 0 end as bigint) as meter_quantity
from ranked
