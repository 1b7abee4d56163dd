-- One row per line of a provider's bill of `$day` that no later export replaced.
select
    cast($day as date) as day,
    charge_versions.source,
    charge_versions.account,
    charge_versions.source_file,
    charge_versions.source_line,
    charge_versions.charge_start,
    charge_versions.charge_end,
    charge_versions.grouping,
    charge_versions.provider,
    charge_versions.description,
    charge_versions.model,
    charge_versions.service_tier,
    charge_versions.token_type,
    charge_versions.cost_type,
    charge_versions.region,
    charge_versions.context_window,
    charge_versions.project_id,
    charge_versions.api_key_id,
    charge_versions.billed_amount,
    charge_versions.billing_currency,
    charge_versions.billed_cost_usd
from charge_versions
where charge_versions.age = 1
order by
    charge_versions.source, charge_versions.account, charge_versions.charge_start, charge_versions.source_file,
    charge_versions.source_line, charge_versions.project_id, charge_versions.description,
    charge_versions.token_type, charge_versions.billed_amount
