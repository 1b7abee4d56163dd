-- One row per owner, ids, model, tier and meter of the calls in the day of the account's bill: how much, and at what list cost.
with lines as (
    select
        counted.provider,
        counted.account,
        counted.project_id,
        counted.api_key_id,
        coalesce(sku_name.sku, counted.model) as sku,
        counted.service_tier,
        counted.team,
        counted.feature,
        counted.environment,
        meter_line.meter,
        meter_line.meter_quantity,
        meter_line.list_cost_usd
    from meter_line
    left join counted
        on meter_line.counted_number = counted.counted_number
    left join sku_name
        on
            counted.provider = sku_name.provider
            and counted.model = sku_name.alias
)

select
    provider,
    account,
    project_id,
    api_key_id,
    sku,
    service_tier,
    team,
    feature,
    environment,
    meter,
    cast(sum(meter_quantity) as bigint) as meter_quantity,
    coalesce(sum(list_cost_usd), cast(0 as decimal(38, 12))) as list_cost_usd
from lines
group by provider, account, project_id, api_key_id, sku, service_tier, team, feature, environment, meter
