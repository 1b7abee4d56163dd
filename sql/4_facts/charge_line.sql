-- One row per line of a provider's bill of `$day` that no later export replaced, with the form of its text and its currency's rate.
with texts as (
    select
        charge_versions.*,
        case
            when charge_versions.cost_type is not null
                then charge_versions.cost_type || coalesce(' ' || charge_versions.token_type, '')
            else charge_versions.description
        end as form_text
    from charge_versions
    where not charge_versions.is_replaced
)

select
    texts.*,
    coalesce(with_model.charge_category, without_model.charge_category) as form_category,
    coalesce(with_model.meter, without_model.meter) as form_meter,
    coalesce(with_model.service_tier, without_model.service_tier) as form_service_tier,
    coalesce(with_model.context_window, without_model.context_window) as form_context_window,
    with_model.provider is not null as names_model,
    coalesce(dim_name.provider, texts.provider) as book_provider,
    coalesce(dim_name.model, texts.model) as book_model,
    case when texts.billing_currency = 'USD' then cast(1 as decimal(38, 18)) else dim_exchange.usd_per_unit end as usd_per_unit
from texts
left join dim_bill_line as with_model
    on
        with_model.names_model
        and texts.provider = with_model.provider
        and texts.form_text = with_model.text_before || texts.model || with_model.text_after
left join dim_bill_line as without_model
    on
        not without_model.names_model
        and texts.provider = without_model.provider
        and texts.form_text = without_model.text_before
left join dim_name
    on
        texts.provider = dim_name.logged_provider
        and texts.model = dim_name.logged_model
        and texts.charge_start >= dim_name.valid_from
        and texts.charge_start < dim_name.valid_to
left join dim_exchange
    on
        texts.billing_currency = dim_exchange.currency
        and texts.charge_start >= dim_exchange.valid_from
        and texts.charge_start < dim_exchange.valid_to
