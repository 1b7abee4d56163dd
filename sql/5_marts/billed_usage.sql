-- One row per line of a bill that is usage and has an amount in dollars: the model under the price book's name, whole tokens.
select
    fct_charge.provider,
    fct_charge.account,
    fct_charge.project_id,
    fct_charge.api_key_id,
    coalesce(sku_name.sku, fct_charge.model) as sku,
    fct_charge.meter,
    fct_charge.service_tier,
    coalesce(fct_charge.context_window in ('200k-1M', 'long context'), false) as is_long,
    fct_charge.billed_cost_usd,
    fct_charge.billed_amount,
    fct_charge.usd_per_unit,
    case
        when fct_charge.billed_unit = 'tokens' and fct_charge.billed_quantity % 1 = 0
            then cast(fct_charge.billed_quantity as bigint)
        when fct_charge.billed_unit = '1000_tokens' and fct_charge.billed_quantity * 1000 % 1 = 0
            then cast(fct_charge.billed_quantity * 1000 as bigint)
    end as billed_tokens
from fct_charge
left join sku_name
    on
        fct_charge.provider = sku_name.provider
        and fct_charge.model = sku_name.alias
where
    fct_charge.day = cast($day as date)
    and fct_charge.charge_category = 'usage'
    and fct_charge.billed_cost_usd is not null
