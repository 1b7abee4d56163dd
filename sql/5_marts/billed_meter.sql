-- One row per provider, account and meter on its bill: whether the lines name models, and how far they tell tiers apart.
select
    provider,
    account,
    meter,
    max(case when sku is null then 0 else 1 end) = 1 as names_model,
    case
        when min(case when service_tier is null then 0 else 1 end) = 1 then 'every'
        when max(case when service_tier = 'batch' then 1 else 0 end) = 1 then 'batch'
        else 'none'
    end as told_tiers
from billed_usage
group by provider, account, meter
