-- One row per line of a provider's bill: what it is for, and what it is in dollars.
-- The text is understood by known forms alone; a line without text is usage that the bill does not itemise.
-- A line of 100 billion and more is a mistake, and is kept without an amount in dollars.
select
    cast($day as date) as day,
    source,
    account,
    source_file,
    source_line,
    charge_start,
    charge_end,
    grouping,
    book_provider as provider,
    description,
    case
        when form_text is null then 'usage'
        else coalesce(form_category, 'unknown')
    end as charge_category,
    case when names_model or cost_type is not null then book_model end as model,
    form_meter as meter,
    coalesce(service_tier, form_service_tier) as service_tier,
    token_type,
    cost_type,
    region,
    coalesce(context_window, form_context_window) as context_window,
    project_id,
    api_key_id,
    billed_quantity,
    billed_unit,
    billed_amount,
    billing_currency,
    usd_per_unit,
    case
        when abs(billed_amount) < 100000000000
            then cast(cast(billed_amount as decimal(24, 12)) * cast(usd_per_unit as decimal(14, 12)) as decimal(38, 12))
    end as billed_cost_usd,
    case
        when usd_per_unit is null then 'no_exchange_rate_for_' || billing_currency
        when abs(billed_amount) >= 100000000000 then 'cost_out_of_range'
    end as unconverted_reason
from charge_line
order by
    source, account, charge_start, source_file, source_line, project_id, description, token_type, billed_amount
