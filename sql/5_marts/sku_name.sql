-- One row per name of a model: the sku that every rate that may hold for it on the day is of.
select
    provider,
    alias,
    min(sku) as sku
from dim_rate_card
group by provider, alias
having min(sku) = max(sku)
