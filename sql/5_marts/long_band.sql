-- One row per provider and alias: the least context of its last band, by the rate card; 0 where it has one band.
select
    provider,
    alias,
    max(context_min_tokens) as context_tokens
from dim_rate_card
group by provider, alias
